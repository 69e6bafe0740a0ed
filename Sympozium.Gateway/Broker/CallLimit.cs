namespace Sympozium.Gateway.Broker;

/// <summary>Ends a call at a provider when its time is over or its agent leaves.</summary>
internal sealed class CallLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _left;

    public CallLimit(TimeSpan time, TimeProvider clock, CancellationToken agentLeft)
    {
        _source = new CancellationTokenSource(time, clock);
        _left = agentLeft.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public bool IsOver => _source.IsCancellationRequested;

    /// <summary>Gives it so much time from now on.</summary>
    public void Extend(TimeSpan time) => _source.CancelAfter(time);

    public void Dispose()
    {
        _left.Dispose();
        _source.Dispose();
    }
}
