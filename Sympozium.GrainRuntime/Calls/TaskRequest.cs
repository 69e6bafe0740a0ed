namespace Sympozium.GrainRuntime.Calls;

/// <summary>A call of a method which returns <see cref="Task{T}"/> or <see cref="ValueTask{T}"/>.</summary>
internal abstract class TaskRequest<T>(GrainMethod method) : GrainRequest(method)
{
    private TaskCompletionSource<T>? _answer;

    public sealed override Task Answer => Source.Task;

    private TaskCompletionSource<T> Source => _answer ??= new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);

    public sealed override Task Failed(Exception exception) => Task.FromException<T>(exception);

    protected sealed override Task Cancelled(CancellationToken cancellationToken) => Task.FromCanceled<T>(cancellationToken);

    protected sealed override bool TryAnswer(Task grainTask) => Source.TrySetFromTask((Task<T>)grainTask);

    protected sealed override bool TryAnswer(Exception exception) => Source.TrySetException(exception);

    protected sealed override bool TryAnswer(CancellationToken cancelled) => Source.TrySetCanceled(cancelled);
}

/// <summary>A call of a method which returns <see cref="Task"/> or <see cref="ValueTask"/>.</summary>
internal abstract class TaskRequest(GrainMethod method) : GrainRequest(method)
{
    private TaskCompletionSource? _answer;

    public sealed override Task Answer => Source.Task;

    private TaskCompletionSource Source => _answer ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public sealed override Task Failed(Exception exception) => Task.FromException(exception);

    protected sealed override Task Cancelled(CancellationToken cancellationToken) => Task.FromCanceled(cancellationToken);

    protected sealed override bool TryAnswer(Task grainTask) => Source.TrySetFromTask(grainTask);

    protected sealed override bool TryAnswer(Exception exception) => Source.TrySetException(exception);

    protected sealed override bool TryAnswer(CancellationToken cancelled) => Source.TrySetCanceled(cancelled);
}
