namespace Sympozium.Abstractions.Events;

/// <summary>
/// The event bus. On one machine it is in the process, so an event may be lost with it; therefore every consumer of
/// something that matters also reconciles from the resource. On a cluster it is NATS JetStream.
/// </summary>
public interface IEventBus
{
    /// <summary>Publishes; returns when the bus has taken the event. An id that was seen lately is dropped.</summary>
    /// <exception cref="SympoziumUnavailableException">The bus cannot be reached.</exception>
    ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken);

    /// <summary>Subscribes; events published after this returns are seen. Dispose the subscription to end it.</summary>
    ValueTask<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken);
}

/// <summary>What a subscription sees: every event whose topic is listed (all when empty) and, when given, of one run.</summary>
/// <param name="Topics">Wanted topics; empty means all.</param>
/// <param name="Run">Only this run; null means all.</param>
public sealed record BusFilter(IReadOnlySet<string> Topics, ResourceKey? Run = null);

/// <summary>A live subscription with a bounded buffer.</summary>
public interface IBusSubscription : IAsyncDisposable
{
    /// <summary>Events in order of publication. Ends when disposed; throws when the reader was too slow and events were dropped.</summary>
    /// <exception cref="SympoziumOverloadedException">The buffer overflowed; subscribe again and read the resource.</exception>
    IAsyncEnumerable<BusEvent> ReadAllAsync(CancellationToken cancellationToken);
}
