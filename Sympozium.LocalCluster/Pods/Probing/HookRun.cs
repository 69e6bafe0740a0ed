using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>One run of the hook before a container's end.</summary>
internal sealed class HookRun : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly Task<HandlerResult> _work;

    /// <param name="handlers">Runs it.</param>
    /// <param name="hook">What to do.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="done">Called when it is over.</param>
    public HookRun(HandlerRunner handlers, Handler hook, TimeProvider time, TimeSpan timeout, Action done)
    {
        _end = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        _work = Task.Run(() => RunAsync(handlers, hook));
        _work.ContinueWith(_ => done(), TaskScheduler.Default);
    }

    /// <summary>How it ended; null while it runs.</summary>
    public HandlerResult? Result => !_work.IsCompleted ? null : _work.IsCompletedSuccessfully ? _work.GetAwaiter().GetResult() : HandlerResult.Failure("the hook broke off");

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task<HandlerResult> RunAsync(HandlerRunner handlers, Handler hook)
    {
        try
        {
            return await handlers.RunAsync(hook, _end.Token);
        }
        catch (OperationCanceledException)
        {
            return HandlerResult.Failure("the hook took longer than the grace period");
        }
    }
}
