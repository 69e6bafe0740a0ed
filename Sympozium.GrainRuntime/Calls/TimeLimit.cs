using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>A token which is signalled, in a turn of an activation, when time is up. Disposing it lifts the limit.</summary>
internal sealed class TimeLimit(GrainActivation activation) : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _outer;
    private DeadlineEntry? _deadline;

    public CancellationToken Token => _source.Token;

    public void Start(DeadlineEntry? deadline, CancellationToken outer)
    {
        _deadline = deadline;
        _outer = outer.UnsafeRegister(static state => ((TimeLimit)state!).Expire(), this);
    }

    public void Expire() => activation.Run(new PostedCallback(static state => ((CancellationTokenSource)state!).Cancel(), _source));

    // The source itself has nothing to dispose of and may still be signalled by a turn that stands in the queue.
    public void Dispose()
    {
        _deadline?.Remove();
        _outer.Dispose();
    }
}
