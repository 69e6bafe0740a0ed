using System.Collections.Immutable;
using System.Threading.Channels;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.InProcess;

/// <summary>
/// The event bus of one process. Publishing never waits: a subscriber that is too slow loses its subscription, not the
/// publisher its time. All subscribers see events in the same order.
/// </summary>
public sealed class InProcessEventBus(InProcessEventBusOptions options, TimeProvider time) : IEventBus
{
    private readonly Lock _gate = new();

    // Guarded by _gate, which also gives all subscribers one order.
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long At)> _seenOrder = new();
    private ImmutableArray<Subscription> _subscriptions = [];

    /// <inheritdoc/>
    public ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        lock (_gate)
        {
            if (busEvent.Id is { } id && !IsNew_NeedsLock(id))
            {
                return ValueTask.CompletedTask;
            }

            foreach (Subscription subscription in _subscriptions)
            {
                subscription.Offer(busEvent);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IBusSubscription>(cancellationToken);
        }

        var subscription = new Subscription(this, filter, options.SubscriberCapacity);
        lock (_gate)
        {
            _subscriptions = _subscriptions.Add(subscription);
        }

        return ValueTask.FromResult<IBusSubscription>(subscription);
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

    private void Remove(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = _subscriptions.Remove(subscription);
        }
    }

    private sealed class Subscription(InProcessEventBus bus, BusFilter filter, int capacity) : IBusSubscription
    {
        private readonly Channel<BusEvent> _events = Channel.CreateBounded<BusEvent>(new BoundedChannelOptions(capacity)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });

        public void Offer(BusEvent busEvent)
        {
            bool wanted = (filter.Topics.Count == 0 || filter.Topics.Contains(busEvent.Topic))
                && (filter.Run is not { } run || run == busEvent.Metadata.RunKey);
            if (wanted && !_events.Writer.TryWrite(busEvent))
            {
                _events.Writer.TryComplete(new SympoziumOverloadedException(
                    $"A bus subscriber did not keep up: {capacity} events waited for it. It must subscribe again and read the resources."));
            }
        }

        public IAsyncEnumerable<BusEvent> ReadAllAsync(CancellationToken cancellationToken) => _events.Reader.ReadAllAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            bus.Remove(this);
            _events.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
