using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Bridge;

/// <summary>Sends events to the bus, again and again while it is away.</summary>
internal interface IEventPublisher : IDisposable
{
    /// <summary>Sends a batch; returns when each of its events was taken, or refused for good.</summary>
    /// <exception cref="StoppedException">The process must stop before.</exception>
    void Publish(EventBatch batch);
}
