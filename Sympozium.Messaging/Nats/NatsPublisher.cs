using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>Publishes events and returns when the server has stored them; bounds how many wait for that, and how long each.</summary>
internal sealed class NatsPublisher(NatsClient client, NatsStreams streams, NatsBusOptions options, TimeProvider time) : IDisposable
{
    private const string MessageId = "Nats-Msg-Id";

    /// <summary>No time limit of the library's own: each call has one already.</summary>
    private static readonly NatsSubOpts Unlimited = new() { Timeout = Timeout.InfiniteTimeSpan };

    private readonly PublishLimits _limits = new(options.PublishTimeout, time);
    private int _pending;

    /// <exception cref="SympoziumOverloadedException">Too many wait already.</exception>
    /// <exception cref="SympoziumUnavailableException">It was not stored, as far as is known, in time.</exception>
    public async ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken)
    {
        string subject = BusSubjects.For(busEvent);
        if (Interlocked.Increment(ref _pending) > options.MaxPendingPublishes)
        {
            Interlocked.Decrement(ref _pending);
            throw new SympoziumOverloadedException(
                $"{options.MaxPendingPublishes} events wait for NATS at {client.Servers} to confirm them, the limit "
                + $"('{NatsBusOptions.SectionName}:{nameof(NatsBusOptions.MaxPendingPublishes)}'); publish again later.");
        }

        CancellationToken limit = _limits.Next();
        CancellationTokenSource? either = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(limit, cancellationToken) : null;
        try
        {
            await StoreAsync(subject, busEvent, either?.Token ?? limit);
        }
        catch (Exception failure) when (NatsFailures.IsUnavailable(failure, limit, cancellationToken))
        {
            throw NatsFailures.Unavailable($"Publishing '{busEvent.Topic}' of run '{busEvent.Metadata.RunKey}'", client, options.PublishTimeout, failure);
        }
        finally
        {
            either?.Dispose();
            Interlocked.Decrement(ref _pending);
        }

        MessagingTelemetry.Published.Add(1);
    }

    public void Dispose() => _limits.Dispose();

    private async Task StoreAsync(string subject, BusEvent busEvent, CancellationToken cancellationToken)
    {
        await streams.EnsureAsync(cancellationToken);
        try
        {
            ApiError? error = await AskAsync(subject, NatsEnvelope.Write(busEvent), Headers(busEvent), cancellationToken);
            if (error is not null)
            {
                throw new NatsJSApiException(error);
            }
        }
        catch (NatsException)
        {
            streams.Forget();
            throw;
        }
    }

    private async Task<ApiError?> AskAsync(string subject, byte[] envelope, NatsHeaders? headers, CancellationToken cancellationToken)
    {
        try
        {
            NatsMsg<PublishAck> answer = await client.Connection.RequestAsync(
                subject, envelope, headers, NatsRawSerializer<byte[]>.Default, PublishAck.Reader, null, Unlimited, cancellationToken);
            answer.EnsureSuccess();
            return answer.Data.Error;
        }
        catch (NatsNoRespondersException)
        {
            // A cluster of servers may be choosing who leads the stream: the library asks again after a moment.
            return (await client.JetStream.PublishAsync(subject, envelope, NatsRawSerializer<byte[]>.Default, null, headers, cancellationToken)).Error;
        }
    }

    private static NatsHeaders? Headers(BusEvent busEvent)
    {
        NatsHeaders? headers = NatsEnvelope.Headers();
        if (busEvent.Id is { } id)
        {
            headers ??= [];
            headers[MessageId] = id;
        }

        return headers;
    }
}
