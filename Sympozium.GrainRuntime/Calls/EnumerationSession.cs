using Orleans.Runtime;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>The grain's end of an enumeration. All of it runs in turns of the grain.</summary>
internal abstract class EnumerationSession
{
    /// <summary>Cuts the enumeration since its activation ends; whoever waits for an item gets an error.</summary>
    public abstract void Abort();
}

/// <summary>The grain's end of an enumeration of <typeparamref name="T"/>.</summary>
internal sealed class EnumerationSession<T>(EnumerableRequest<T> request) : EnumerationSession
{
    private readonly TaskCompletionSource _aborted = new();
    private GrainActivation? _owner;
    private IAsyncEnumerator<T>? _source;
    private Task<bool>? _pending;

    public CancellationToken ArgumentToken { get; } = request.Token;

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Whether the grain still holds something for this enumeration.</summary>
    public bool NeedsDisposal => Volatile.Read(ref _source) is not null && !_aborted.Task.IsCompleted;

    public override void Abort() => _ = EndAsync();

    public void ThrowIfAborted()
    {
        if (_aborted.Task.IsCompleted)
        {
            throw Aborted();
        }
    }

    /// <summary>Items up to the first one that is not there yet, at least one unless there are no more.</summary>
    public async Task<(List<T> Items, bool More)> FetchAsync(object grain, int maxBatchSize)
    {
        ThrowIfAborted();
        var source = _source ?? Begin(grain);
        if (!ReferenceEquals(_owner, GrainActivation.Current))
        {
            throw Aborted();
        }

        var items = new List<T>();
        try
        {
            while (items.Count < maxBatchSize)
            {
                var next = Advance(source);
                if (!next.IsCompletedSuccessfully)
                {
                    if (items.Count > 0)
                    {
                        return (items, true);
                    }

                    await Task.WhenAny(next, _aborted.Task);
                    ThrowIfAborted();
                }

                if (!await next)
                {
                    await EndAsync();
                    return (items, false);
                }

                _pending = null;
                items.Add(source.Current);
            }
        }
        catch
        {
            await EndAsync();
            throw;
        }

        return (items, true);
    }

    /// <summary>Ends the enumeration. What the grain's method does not give up when cancelled is disposed of when it does.</summary>
    public async Task EndAsync()
    {
        if (Interlocked.Exchange(ref _source, null) is not { } source)
        {
            return;
        }

        _owner!.Remove(this);
        _aborted.TrySetResult();
        try
        {
            CancelInTurn();
            if (_pending is null or { IsCompleted: true })
            {
                await source.DisposeAsync();
            }
            else
            {
                _ = DisposeWhenDoneAsync(source, _pending);
            }
        }
        catch (Exception exception)
        {
            _owner.Class.Runtime.Log.EnumerationFailed(exception, request.Method.Name, _owner.GrainId);
        }
    }

    // Not CancelAsync: what the grain registered must run here, not on some other thread.
    private void CancelInTurn() => Cancellation.Cancel();

    // The same step again if it has not been seen to its end.
    private Task<bool> Advance(IAsyncEnumerator<T> source)
    {
        if (_pending is null)
        {
            var next = source.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
            {
                return next.AsTask();
            }

            _pending = next.AsTask();
        }

        return _pending;
    }

    private async Task DisposeWhenDoneAsync(IAsyncEnumerator<T> source, Task pending)
    {
        try
        {
            await Task.WhenAny(pending);
            await source.DisposeAsync();
        }
        catch (Exception exception)
        {
            _owner!.Class.Runtime.Log.EnumerationFailed(exception, request.Method.Name, _owner.GrainId);
        }
    }

    private IAsyncEnumerator<T> Begin(object grain)
    {
        var activation = GrainActivation.Current!;
        if (!activation.TryAdd(this))
        {
            throw Aborted();
        }

        _owner = activation;
        request.Token = Cancellation.Token;
        return _source = request.Invoke(grain).GetAsyncEnumerator(Cancellation.Token);
    }

    private EnumerationAbortedException Aborted() => new(
        $"The enumeration of '{request.Method}' was cut: the activation of grain '{_owner?.GrainId}' ended. Start the enumeration again.");
}
