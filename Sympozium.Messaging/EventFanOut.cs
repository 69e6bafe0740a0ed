using System.Collections.Immutable;
using System.Threading.Channels;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging;

/// <summary>
/// The subscribers of one process. Offering never waits: a subscriber that is too slow loses its subscription, not the publisher
/// its time. The caller serializes <see cref="Offer"/>, which gives all subscribers one order.
/// </summary>
internal sealed class EventFanOut
{
    private ImmutableArray<Subscription> _subscriptions = [];

    /// <summary>Adds a subscriber that sees events with a sequence above <paramref name="after"/>.</summary>
    public IBusSubscription Add(BusFilter filter, int capacity, ulong after = 0)
    {
        var subscription = new Subscription(this, filter, capacity, after);
        ImmutableInterlocked.Update(ref _subscriptions, static (all, added) => all.Add(added), subscription);
        return subscription;
    }

    /// <summary>Gives an event to all who want it.</summary>
    public void Offer(BusEvent busEvent, ulong sequence = ulong.MaxValue)
    {
        foreach (Subscription subscription in _subscriptions)
        {
            subscription.Offer(busEvent, sequence);
        }
    }

    /// <summary>Ends all subscriptions after what they hold.</summary>
    public void Fail(Exception reason)
    {
        foreach (Subscription subscription in _subscriptions)
        {
            subscription.Fail(reason);
        }
    }

    private sealed class Subscription(EventFanOut owner, BusFilter filter, int capacity, ulong after) : IBusSubscription
    {
        private readonly Channel<BusEvent> _events = Channel.CreateBounded<BusEvent>(new BoundedChannelOptions(capacity)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });

        public void Offer(BusEvent busEvent, ulong sequence)
        {
            bool wanted = sequence > after
                && (filter.Topics.Count == 0 || filter.Topics.Contains(busEvent.Topic))
                && (filter.Run is not { } run || run == busEvent.Metadata.RunKey);
            if (wanted && !_events.Writer.TryWrite(busEvent))
            {
                Fail(new SympoziumOverloadedException(
                    $"A bus subscriber did not keep up: {capacity} events waited for it. It must subscribe again and read the resources."));
            }
        }

        public void Fail(Exception reason) => _events.Writer.TryComplete(reason);

        public IAsyncEnumerable<BusEvent> ReadAllAsync(CancellationToken cancellationToken) => _events.Reader.ReadAllAsync(cancellationToken);

        public ValueTask DisposeAsync()
        {
            ImmutableInterlocked.Update(ref owner._subscriptions, static (all, removed) => all.Remove(removed), this);
            _events.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}
