namespace Sympozium.Kubernetes.Client;

/// <summary>
/// A token bucket in front of all requests of one client, so that a burst of work does not become a burst at the API server. Requests are let
/// through in the order in which they come. A server that says "later" (<see cref="Pause"/>) holds all of them, not only the one that it told.
/// </summary>
/// <param name="perSecond">Requests a second in the long run; 0 or less lets all through.</param>
/// <param name="burst">Requests that may come at once after a quiet time.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestThrottle(double perSecond, int burst, TimeProvider time)
{
    /// <summary>Guards the fields below.</summary>
    private readonly Lock _lock = new();

    private double _tokens = burst;
    private long _countedAt = time.GetTimestamp();
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>Waits for this request's turn.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Take();
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Return();
            throw;
        }
    }

    /// <summary>Holds all requests that come from now on for this long.</summary>
    public void Pause(TimeSpan wait)
    {
        lock (_lock)
        {
            DateTimeOffset until = time.GetUtcNow() + wait;
            _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
        }
    }

    /// <summary>Takes a token, on credit when there is none; how long to wait until it is there.</summary>
    private TimeSpan Take()
    {
        lock (_lock)
        {
            TimeSpan paused = _pausedUntil - time.GetUtcNow();
            paused = paused > TimeSpan.Zero ? paused : TimeSpan.Zero;
            if (perSecond <= 0)
            {
                return paused;
            }

            long now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_countedAt, now).TotalSeconds * perSecond));
            _countedAt = now;
            _tokens -= 1;
            TimeSpan turn = _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / perSecond);
            return turn > paused ? turn : paused;
        }
    }

    private void Return()
    {
        lock (_lock)
        {
            _tokens = Math.Min(burst, _tokens + 1);
        }
    }
}
