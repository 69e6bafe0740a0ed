using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// Reads the stream once for all live subscribers of the process, in its order, from where it was when the first one came. After a
/// lost connection it goes on behind the last event it gave out, so nobody misses one. Where events are gone for good (retention, a
/// new server), all subscriptions end with an overload: their owners subscribe again and read the resources.
/// </summary>
internal sealed class NatsLiveFeed(NatsClient client, NatsStreams streams, NatsBusOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly EventFanOut _subscribers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _gate = new(1);

    // Sequence of the last event that was given out, and when its stream was made; written by the reader only, once it runs.
    private ulong _last;
    private DateTimeOffset _streamMade;
    private Task? _reader;

    public async Task<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken)
    {
        StreamInfo stream = await streams.InfoAsync(cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_reader is null)
            {
                _last = stream.State.LastSeq;
                _streamMade = stream.Created;
                _reader = Task.Run(() => ReadAsync(_stop.Token), CancellationToken.None);
            }
        }
        finally
        {
            _gate.Release();
        }

        return _subscribers.Add(filter, options.SubscriberCapacity, stream.State.LastSeq);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_reader is { } reader)
        {
            await reader;
        }

        _subscribers.Fail(new SympoziumUnavailableException("The event bus was closed."));
        _stop.Dispose();
        _gate.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var pause = new RetryPause(options, time);
        while (!cancellationToken.IsCancellationRequested)
        {
            CancellationToken connectedAgain = client.ConnectedAgain;
            using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connectedAgain);
            try
            {
                await ReadOnceAsync(pause, reading.Token);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException) when (connectedAgain.IsCancellationRequested)
            {
                // Left to itself, the reader would wait at the next server for a sequence that its stream may not reach for long.
            }
            catch (Exception failure)
            {
                if (pause.IsFirst)
                {
                    NatsLog.FeedBroke(logger, failure, _last);
                }

                streams.Forget();
                if (!await pause.WaitAsync(cancellationToken))
                {
                    return;
                }
            }
        }
    }

    private async Task ReadOnceAsync(RetryPause pause, CancellationToken cancellationToken)
    {
        StreamInfo stream = await streams.InfoAsync(cancellationToken);
        if (stream.Created != _streamMade || stream.State.LastSeq < _last)
        {
            NatsLog.StreamReplaced(logger, stream.State.FirstSeq, _last);
            _subscribers.Fail(new SympoziumOverloadedException("The event stream was made anew; subscribe again and read the resources."));
            _last = stream.State.FirstSeq > 0 ? stream.State.FirstSeq - 1 : 0;
            _streamMade = stream.Created;
        }

        INatsJSConsumer consumer = await client.JetStream.CreateOrderedConsumerAsync(
            NatsSubjects.Stream,
            new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = _last + 1 },
            cancellationToken);
        await foreach (NatsJSMsg<byte[]> message in consumer.ConsumeAsync(NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken))
        {
            pause.Reset();
            Give(message);
        }
    }

    private void Give(NatsJSMsg<byte[]> message)
    {
        ulong sequence = message.Metadata!.Value.Sequence.Stream;
        if (sequence <= _last)
        {
            return;
        }

        if (sequence > _last + 1)
        {
            NatsLog.FeedGap(logger, sequence - _last - 1, sequence);
            _subscribers.Fail(new SympoziumOverloadedException(
                $"{sequence - _last - 1} events were gone from the stream before they were read; subscribe again and read the resources."));
        }

        _last = sequence;
        if (NatsEnvelope.TryRead(message.Data, message.Subject, out BusEvent? busEvent, out string? problem))
        {
            _subscribers.Offer(busEvent, sequence);
        }
        else
        {
            NatsLog.Unreadable(logger, message.Subject, problem);
        }
    }
}
