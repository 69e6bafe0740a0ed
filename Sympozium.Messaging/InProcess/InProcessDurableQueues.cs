using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.InProcess;

/// <summary>
/// Durable consumers of one process. A queue exists from its consumer's first start and keeps what arrives while nobody consumes;
/// it is bounded, and a full one refuses the publisher rather than lose an event.
/// </summary>
internal sealed class InProcessDurableQueues(InProcessEventBusOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DurableQueue> _queues = new(StringComparer.Ordinal);

    // In the order of their parking, which a clock that is set back would not tell. Guarded by itself.
    private readonly SortedDictionary<long, ParkedEvent> _parked = [];
    private long _lastParked;

    public void EnsureRoom(BusEvent busEvent)
    {
        foreach (DurableQueue queue in _queues.Values)
        {
            if (queue.Wants(busEvent) && queue.Count >= options.DurableCapacity)
            {
                throw new SympoziumOverloadedException(
                    $"The durable consumer '{queue.Consumer.Name}' has {queue.Count} events to handle, its limit; publish again later.");
            }
        }
    }

    public void Add(BusEvent busEvent)
    {
        foreach (DurableQueue queue in _queues.Values)
        {
            if (queue.Wants(busEvent))
            {
                queue.Add(new Delivery(busEvent, 0));
            }
        }
    }

    public Task ConsumeAsync(DurableConsumer consumer, Func<BusEvent, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        DurableQueue queue = _queues.GetOrAdd(consumer.Name, static (_, made) => new DurableQueue(made), consumer);
        return Task.WhenAll(Enumerable.Range(0, consumer.Concurrency).Select(_ => WorkAsync(queue, consumer, handler, cancellationToken)));
    }

    public IReadOnlyList<ParkedEvent> ListParked(int limit)
    {
        lock (_parked)
        {
            return [.. _parked.Values.Take(limit)];
        }
    }

    public ParkedEvent? TakeParked(string id)
    {
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            return null;
        }

        lock (_parked)
        {
            if (_parked.TryGetValue(number, out ParkedEvent? parked))
            {
                _parked.Remove(number);
            }

            return parked;
        }
    }

    private async Task WorkAsync(
        DurableQueue queue, DurableConsumer consumer, Func<BusEvent, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        while (true)
        {
            Delivery delivery = await queue.TakeAsync(cancellationToken);
            try
            {
                await handler(delivery.Event, cancellationToken);
                queue.Done();
                MessagingTelemetry.Handled.Add(1);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                queue.Return(delivery);
                throw;
            }
            catch (Exception failure)
            {
                await RepeatOrParkAsync(queue, consumer, delivery with { Deliveries = delivery.Deliveries + 1 }, failure, cancellationToken);
            }
        }
    }

    private async Task RepeatOrParkAsync(
        DurableQueue queue, DurableConsumer consumer, Delivery delivery, Exception failure, CancellationToken cancellationToken)
    {
        if (delivery.Deliveries >= consumer.MaxDeliveries)
        {
            Park(consumer, delivery, failure.Message);
            MessagingTelemetry.ParkedEvents.Add(1);
            queue.Done();
            return;
        }

        MessagingTelemetry.Redelivered.Add(1);
        try
        {
            await Task.Delay(consumer.BackoffAfter(delivery.Deliveries), time, cancellationToken);
        }
        finally
        {
            queue.Return(delivery);
        }
    }

    private void Park(DurableConsumer consumer, Delivery delivery, string reason)
    {
        lock (_parked)
        {
            string id = (++_lastParked).ToString(CultureInfo.InvariantCulture);
            _parked[_lastParked] = new ParkedEvent(id, consumer.Name, delivery.Event.Topic, reason, delivery.Deliveries, time.GetUtcNow(), delivery.Event);
            if (_parked.Count > options.ParkedCapacity)
            {
                _parked.Remove(_parked.Keys.First());
            }
        }
    }

    private readonly record struct Delivery(BusEvent Event, int Deliveries);

    private sealed class DurableQueue(DurableConsumer consumer)
    {
        // Unbounded: EnsureRoom bounds what is published, and what is returned was counted already.
        private readonly Channel<Delivery> _waiting = Channel.CreateUnbounded<Delivery>();
        private int _count;

        public DurableConsumer Consumer => consumer;

        /// <summary>Events that wait or are being handled.</summary>
        public int Count => Volatile.Read(ref _count);

        public bool Wants(BusEvent busEvent) => consumer.Topics.Count == 0 || consumer.Topics.Contains(busEvent.Topic);

        public void Add(Delivery delivery)
        {
            Interlocked.Increment(ref _count);
            _waiting.Writer.TryWrite(delivery);
        }

        public void Return(Delivery delivery) => _waiting.Writer.TryWrite(delivery);

        public void Done() => Interlocked.Decrement(ref _count);

        public ValueTask<Delivery> TakeAsync(CancellationToken cancellationToken) => _waiting.Reader.ReadAsync(cancellationToken);
    }
}
