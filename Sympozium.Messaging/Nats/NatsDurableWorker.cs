using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// One process's share of a durable consumer. The server keeps what was not acknowledged, over restarts of either side. An event is
/// acknowledged only after its handler has returned; a handler that runs long reports progress, so nobody else gets the event; what
/// fails too often, what cannot be read, and what killed its process too often is parked.
/// </summary>
internal sealed class NatsDurableWorker(
    NatsClient client,
    NatsStreams streams,
    NatsParkedEvents parked,
    DurableConsumer consumer,
    Func<BusEvent, CancellationToken, Task> handler,
    NatsBusOptions options,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>How long one request for events stands at the server when none come.</summary>
    private static readonly TimeSpan Standing = TimeSpan.FromSeconds(30);

    /// <summary>Works until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        // Two readers, so that one asks for more while what the other got is handled.
        int half = consumer.Concurrency / 2;
        return half == 0 ? ReadAsync(1, cancellationToken) : Task.WhenAll(ReadAsync(half, cancellationToken), ReadAsync(consumer.Concurrency - half, cancellationToken));
    }

    private async Task ReadAsync(int concurrency, CancellationToken cancellationToken)
    {
        using var room = new SemaphoreSlim(concurrency);
        try
        {
            await ConsumeAlwaysAsync(room, cancellationToken);
        }
        finally
        {
            // Whatever ended the reading: the handlers that run are waited for, so nothing goes on behind the caller's back.
            for (int i = 0; i < concurrency; i++)
            {
                await room.WaitAsync(CancellationToken.None);
            }
        }
    }

    private async Task ConsumeAlwaysAsync(SemaphoreSlim room, CancellationToken cancellationToken)
    {
        var pause = new RetryPause(options, time);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await ConsumeAsync(room, pause, cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                if (pause.IsFirst)
                {
                    NatsLog.ConsumerBroke(logger, failure, consumer.Name);
                }

                streams.Forget();
                await pause.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Reads until the connection is another one: its server may know nothing of the consumer, and a pull from one that is not there is never answered.</summary>
    private async Task ConsumeAsync(SemaphoreSlim room, RetryPause pause, CancellationToken cancellationToken)
    {
        await streams.EnsureAsync(cancellationToken);
        CancellationToken connectedAgain = client.ConnectedAgain;
        INatsJSConsumer source = await client.JetStream.CreateOrUpdateConsumerAsync(NatsSubjects.Stream, Configuration(), cancellationToken);
        if (client.ConnectedAgain != connectedAgain)
        {
            return;
        }

        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connectedAgain);
        try
        {
            while (true)
            {
                await FetchAsync(source, room, pause, reading.Token, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (connectedAgain.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Begun anew on the next connection.
        }
    }

    /// <summary>
    /// Takes as many events as there is room for handlers, and no more: one that had to wait here would be sent to somebody else meanwhile, and after
    /// a long wait be taken for one that kills its handlers.
    /// </summary>
    private async Task FetchAsync(INatsJSConsumer source, SemaphoreSlim room, RetryPause pause, CancellationToken reading, CancellationToken cancellationToken)
    {
        await room.WaitAsync(reading);
        int free = 1;
        while (room.Wait(0, CancellationToken.None))
        {
            free++;
        }

        try
        {
            var options = new NatsJSFetchOpts { MaxMsgs = free, Expires = Standing };
            await foreach (NatsJSMsg<byte[]> message in source.FetchAsync(options, NatsRawSerializer<byte[]>.Default, reading))
            {
                pause.Reset();
                free--;
                _ = HandleThenReleaseAsync(message, room, cancellationToken);
            }
        }
        finally
        {
            if (free > 0)
            {
                room.Release(free);
            }
        }
    }

    private async Task HandleThenReleaseAsync(NatsJSMsg<byte[]> message, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        try
        {
            await HandleAsync(message, cancellationToken);
        }
        catch (Exception failure)
        {
            // The answer to the server failed or was cancelled; the server sends the event again after the ack wait.
            NatsLog.AnswerLost(logger, failure, consumer.Name, message.Subject);
        }
        finally
        {
            room.Release();
        }
    }

    private async Task HandleAsync(NatsJSMsg<byte[]> message, CancellationToken cancellationToken)
    {
        int deliveries = (int)message.Metadata!.Value.NumDelivered;
        if (!NatsEnvelope.TryRead(message.Data, message.Subject, out BusEvent? busEvent, out string? problem))
        {
            await ParkAsync(message, problem, deliveries, cancellationToken);
            return;
        }

        if (consumer.Topics.Count > 1 && !consumer.Topics.Contains(busEvent.Topic))
        {
            await message.AckAsync(cancellationToken: cancellationToken);
            return;
        }

        if (deliveries > consumer.MaxDeliveries)
        {
            await ParkAsync(message, "The processes that handled it ended before they were done.", deliveries - 1, cancellationToken);
            return;
        }

        try
        {
            await CallAsync(message, busEvent, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            await RepeatOrParkAsync(message, failure, deliveries, cancellationToken);
            return;
        }

        // Acknowledged even when we are asked to stop: the work is done.
        await message.AckAsync(cancellationToken: CancellationToken.None);
        MessagingTelemetry.Handled.Add(1);
    }

    private async Task CallAsync(NatsJSMsg<byte[]> message, BusEvent busEvent, CancellationToken cancellationToken)
    {
        using Activity? activity = MessagingTelemetry.Source.HasListeners()
            ? MessagingTelemetry.Source.StartActivity($"process {busEvent.Topic}", ActivityKind.Consumer, NatsEnvelope.Trace(message.Headers))
            : null;
        Task handling = handler(busEvent, cancellationToken);
        if (!handling.IsCompleted)
        {
            TimeSpan beat = consumer.AckWait / 3;
            await using ITimer progress = time.CreateTimer(_ => Progress(message), null, beat, beat);
            await handling;
            return;
        }

        await handling;
    }

    private async Task RepeatOrParkAsync(NatsJSMsg<byte[]> message, Exception failure, int deliveries, CancellationToken cancellationToken)
    {
        if (deliveries >= consumer.MaxDeliveries)
        {
            await ParkAsync(message, failure.Message, deliveries, cancellationToken);
            return;
        }

        TimeSpan pause = consumer.BackoffAfter(deliveries);
        NatsLog.Again(logger, failure, consumer.Name, message.Subject, deliveries, pause);
        MessagingTelemetry.Redelivered.Add(1);
        await message.NakAsync(new AckOpts { NakDelay = pause }, cancellationToken);
    }

    private async Task ParkAsync(NatsJSMsg<byte[]> message, string reason, int deliveries, CancellationToken cancellationToken)
    {
        // Stored aside first: a crash in between leaves it twice (dropped by its id), never nowhere.
        await parked.AddAsync(message, consumer.Name, reason, deliveries, cancellationToken);
        await message.AckTerminateAsync(cancellationToken: cancellationToken);
        NatsLog.Parked(logger, consumer.Name, message.Subject, deliveries, reason);
        MessagingTelemetry.ParkedEvents.Add(1);
    }

    private void Progress(NatsJSMsg<byte[]> message) => _ = ProgressAsync(message);

    private async Task ProgressAsync(NatsJSMsg<byte[]> message)
    {
        try
        {
            await message.AckProgressAsync();
        }
        catch (NatsException lost)
        {
            NatsLog.AnswerLost(logger, lost, consumer.Name, message.Subject);
        }
    }

    private ConsumerConfig Configuration() => new(consumer.Name)
    {
        Description = "Durable consumer of Sympozium",
        AckPolicy = ConsumerConfigAckPolicy.Explicit,
        AckWait = consumer.AckWait,
        // Parking is ours: the server would only stop delivering.
        MaxDeliver = -1,
        MaxAckPending = 10_000,
        DeliverPolicy = ConsumerConfigDeliverPolicy.All,
        // Servers before 2.10 filter by one subject only; several topics are filtered here.
        FilterSubject = consumer.Topics.Count == 1 ? BusSubjects.Of(consumer.Topics.First()) : NatsSubjects.All,
    };
}
