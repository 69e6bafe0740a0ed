using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.InProcess;

/// <summary>
/// The event bus of one process. Publishing never waits: a subscriber that is too slow loses its subscription, not the
/// publisher its time. All subscribers see events in the same order.
/// </summary>
public sealed class InProcessEventBus(InProcessEventBusOptions options, TimeProvider time) : IEventBus, IDurableEvents
{
    private readonly Lock _gate = new();

    // Guarded by _gate, which also gives all subscribers one order.
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long At)> _seenOrder = new();
    private readonly EventFanOut _subscribers = new();
    private readonly InProcessDurableQueues _queues = new(options, time);

    /// <inheritdoc/>
    public ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        lock (_gate)
        {
            // A full queue refuses before the id counts as seen, so that the publisher may try again.
            _queues.EnsureRoom(busEvent);
            if (busEvent.Id is { } id && !IsNew_NeedsLock(id))
            {
                return ValueTask.CompletedTask;
            }

            _queues.Add(busEvent);
            _subscribers.Offer(busEvent);
        }

        MessagingTelemetry.Published.Add(1);

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<IBusSubscription>(cancellationToken)
            : ValueTask.FromResult(_subscribers.Add(filter, options.SubscriberCapacity));

    /// <inheritdoc/>
    public Task ConsumeAsync(DurableConsumer consumer, Func<BusEvent, CancellationToken, Task> handler, CancellationToken cancellationToken) =>
        _queues.ConsumeAsync(consumer, handler, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ParkedEvent>> ListParkedAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult(_queues.ListParked(limit));

    /// <inheritdoc/>
    public async Task<bool> RetryParkedAsync(string id, CancellationToken cancellationToken)
    {
        if (_queues.TakeParked(id) is not { Event: { } busEvent })
        {
            return false;
        }

        // Its id was seen; without one it passes.
        await PublishAsync(busEvent with { Id = null }, cancellationToken);
        return true;
    }

    private bool IsNew_NeedsLock(string id)
    {
        if (options.DedupeCapacity <= 0)
        {
            return true;
        }

        while (_seenOrder.TryPeek(out (string Id, long At) oldest)
            && (_seenOrder.Count >= options.DedupeCapacity || time.GetElapsedTime(oldest.At) > options.DedupeWindow))
        {
            _seen.Remove(_seenOrder.Dequeue().Id);
        }

        if (!_seen.Add(id))
        {
            return false;
        }

        _seenOrder.Enqueue((id, time.GetTimestamp()));
        return true;
    }
}
