namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>One waiter that is woken by a call or by a time; calls while nobody waits are remembered as one.</summary>
internal sealed class WakeSignal(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0);
    private int _pending;

    public void Wake()
    {
        if (Interlocked.Exchange(ref _pending, 1) != 0)
        {
            return;
        }

        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // Whoever waited has ended meanwhile; there is nobody to wake.
        }
    }

    /// <summary>Waits for the next call, or until a time when one is given.</summary>
    public async Task WaitAsync(DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (until is not { } due)
        {
            await _signal.WaitAsync(cancellationToken);
            Interlocked.Exchange(ref _pending, 0);
            return;
        }

        TimeSpan wait = due - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(wait < MaxWait ? wait : MaxWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _signal.WaitAsync(either.Token);
            Interlocked.Exchange(ref _pending, 0);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The time has come, which is what the caller waited for.
        }
    }

    public void Dispose() => _signal.Dispose();

    /// <summary>Timers do not take more than about 49 days; whoever wakes early just waits again.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1);
}
