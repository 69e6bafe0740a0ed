namespace Sympozium.Messaging.Nats;

/// <summary>Growing pauses between attempts, with jitter so that many processes do not come back at the same instant.</summary>
internal sealed class RetryPause(NatsBusOptions options, TimeProvider time)
{
    private int _attempt;

    /// <summary>Whether nothing has failed since the last success; the moment to log.</summary>
    public bool IsFirst => _attempt == 0;

    public void Reset() => _attempt = 0;

    /// <summary>Waits; false when cancelled.</summary>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        double factor = Math.Pow(2, Math.Min(_attempt++, 16)) * (0.5 + (Random.Shared.NextDouble() / 2));
        TimeSpan pause = options.RetryMin * factor < options.RetryMax ? options.RetryMin * factor : options.RetryMax;
        try
        {
            await Task.Delay(pause, time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
