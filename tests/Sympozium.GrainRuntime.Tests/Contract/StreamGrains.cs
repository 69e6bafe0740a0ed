using System.Runtime.CompilerServices;
using Orleans;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A grain with enumerations, cancellable calls and failures.</summary>
public interface IStreamGrain : IGrainWithStringKey
{
    IAsyncEnumerable<int> CountAsync(int count, bool yields = false);

    IAsyncEnumerable<string> FollowAsync(string name, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> BreakAfterAsync(int count);

    Task EmitAsync(string text);

    Task EndAsync();

    Task<int> WaitAsync(string name, CancellationToken cancellationToken);

    Task HoldAsync(string gate);

    Task<int> FailAsync(bool synchronously);

    ValueTask<int> FailLaterAsync();

    ValueTask<int> ValueAsync(int value);

    ValueTask NothingAsync();
}

/// <summary>An exception of the tests' own.</summary>
public sealed class TestFailureException(string message, int code) : Exception(message)
{
    public int Code { get; } = code;
}

/// <summary>See <see cref="IStreamGrain"/>.</summary>
[GrainType("test.stream")]
public sealed class StreamGrain(Probe probe) : Grain, IStreamGrain
{
    private readonly List<string> _emitted = [];
    private TaskCompletionSource _more = new();

    public async IAsyncEnumerable<int> CountAsync(int count, bool yields)
    {
        try
        {
            for (var number = 0; number < count; number++)
            {
                if (yields)
                {
                    await Task.Yield();
                }

                yield return number;
            }
        }
        finally
        {
            probe.Add("counted");
        }
    }

    public async IAsyncEnumerable<string> FollowAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = 0;
        probe.Add($"{name} follows");
        try
        {
            while (true)
            {
                while (next < _emitted.Count)
                {
                    yield return _emitted[next++];
                }

                await _more.Task.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            probe.Add($"{name} ended");
        }
    }

    public async IAsyncEnumerable<int> BreakAfterAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            yield return number;
        }

        await Task.Yield();
        throw new TestFailureException("broken", count);
    }

    public Task EmitAsync(string text)
    {
        _emitted.Add(text);
        var more = _more;
        _more = new TaskCompletionSource();
        more.SetResult();
        return Task.CompletedTask;
    }

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<int> WaitAsync(string name, CancellationToken cancellationToken)
    {
        probe.Add($"{name} runs");
        var cancelled = new TaskCompletionSource();
        using var registration = cancellationToken.Register(cancelled.SetResult);
        await cancelled.Task;
        probe.Add($"{name} saw it");
        cancellationToken.ThrowIfCancellationRequested();
        return 1;
    }

    public async Task HoldAsync(string gate)
    {
        probe.Add("held");
        await probe.PassAsync(gate);
    }

    public Task<int> FailAsync(bool synchronously) => synchronously ? throw new TestFailureException("at once", 1) : FailInnerAsync();

    public async ValueTask<int> FailLaterAsync()
    {
        await Task.Yield();
        throw new TestFailureException("later", 3);
    }

    public ValueTask<int> ValueAsync(int value) => new(value);

    public ValueTask NothingAsync() => default;

    private static async Task<int> FailInnerAsync()
    {
        await Task.Yield();
        throw new TestFailureException("inner", 2);
    }
}
