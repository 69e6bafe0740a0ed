using System.Buffers;
using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>The stream of events which a consumer could not digest, also visible with NATS' own tools as <c>sympozium-parked</c>.</summary>
internal sealed class NatsParkedEvents(NatsClient client, NatsStreams streams)
{
    private const string ConsumerHeader = "Sympozium-Consumer";
    private const string SubjectHeader = "Sympozium-Subject";
    private const string ReasonHeader = "Sympozium-Reason";
    private const string DeliveriesHeader = "Sympozium-Deliveries";

    private const int NotFound = 404;

    /// <summary>Longest reason that is kept, in characters.</summary>
    private const int MaxReason = 1024;

    public async Task AddAsync(NatsJSMsg<byte[]> message, string consumer, string reason, int deliveries, CancellationToken cancellationToken)
    {
        var headers = new NatsHeaders
        {
            [ConsumerHeader] = consumer,
            [SubjectHeader] = message.Subject,
            [ReasonHeader] = OneLine(reason),
            [DeliveriesHeader] = deliveries.ToString(CultureInfo.InvariantCulture),
        };
        string id = $"{consumer}/{message.Metadata!.Value.Sequence.Stream}";
        PubAckResponse ack = await client.JetStream.PublishAsync(
            NatsSubjects.Parked(consumer), message.Data, NatsRawSerializer<byte[]?>.Default, new NatsJSPubOpts { MsgId = id }, headers, cancellationToken);
        if (ack.Error is not null)
        {
            throw new NatsJSApiException(ack.Error);
        }
    }

    public async Task<IReadOnlyList<ParkedEvent>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        await streams.EnsureAsync(cancellationToken);
        StreamState state = (await client.JetStream.GetStreamAsync(NatsSubjects.ParkedStream, cancellationToken: cancellationToken)).Info.State;
        var found = new List<ParkedEvent>();
        if (state.Messages == 0 || limit <= 0)
        {
            return found;
        }

        INatsJSConsumer consumer = await client.JetStream.CreateOrderedConsumerAsync(NatsSubjects.ParkedStream, cancellationToken: cancellationToken);
        await foreach (NatsJSMsg<byte[]> message in consumer.ConsumeAsync(NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken))
        {
            NatsJSMsgMetadata at = message.Metadata!.Value;
            found.Add(Read(at.Sequence.Stream, at.Timestamp, message.Subject, message.Data, message.Headers));
            if (found.Count == limit || at.Sequence.Stream >= state.LastSeq || at.NumPending == 0)
            {
                break;
            }
        }

        return found;
    }

    public async Task<ParkedEvent?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence) || sequence == 0)
        {
            return null;
        }

        await streams.EnsureAsync(cancellationToken);
        INatsJSStream stream = await client.JetStream.GetStreamAsync(NatsSubjects.ParkedStream, cancellationToken: cancellationToken);
        try
        {
            // Not by a consumer: one that is slow to deliver would look like one that has nothing.
            StoredMessage found = (await stream.GetAsync(new StreamMsgGetRequest { Seq = sequence }, cancellationToken)).Message;
            return Read(sequence, found.Time, found.Subject, found.Data.ToArray(), Headers(found.Hdrs));
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == NotFound)
        {
            return null;
        }
    }

    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken) =>
        (await client.JetStream.DeleteMessageAsync(
            NatsSubjects.ParkedStream,
            new StreamMsgDeleteRequest { Seq = ulong.Parse(id, CultureInfo.InvariantCulture) },
            cancellationToken)).Success;

    private static ParkedEvent Read(ulong sequence, DateTimeOffset parkedAt, string parkedSubject, byte[]? payload, NatsHeaders? headers)
    {
        string subject = Header(headers, SubjectHeader) ?? parkedSubject;
        NatsEnvelope.TryRead(payload, subject, out BusEvent? busEvent, out _);
        _ = int.TryParse(Header(headers, DeliveriesHeader), CultureInfo.InvariantCulture, out int deliveries);
        return new ParkedEvent(
            sequence.ToString(CultureInfo.InvariantCulture),
            Header(headers, ConsumerHeader) ?? "unknown",
            subject,
            Header(headers, ReasonHeader) ?? "unknown",
            deliveries,
            parkedAt,
            busEvent);
    }

    private NatsHeaders Headers(string? encoded)
    {
        var headers = new NatsHeaders();
        if (encoded is not null)
        {
            client.JetStream.Connection.HeaderParser.ParseHeaders(new SequenceReader<byte>(new ReadOnlySequence<byte>(Convert.FromBase64String(encoded))), headers);
        }

        return headers;
    }

    private static string? Header(NatsHeaders? headers, string name) =>
        headers is not null && headers.TryGetLastValue(name, out string? value) ? value : null;

    /// <summary>Headers are ASCII and end at the line's end.</summary>
    private static string OneLine(string reason)
    {
        string kept = reason.Length > MaxReason ? reason[..MaxReason] : reason;
        return string.Create(kept.Length, kept, static (line, text) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                line[i] = text[i] is >= ' ' and < (char)127 ? text[i] : text[i] is '\n' or '\r' or '\t' ? ' ' : '?';
            }
        });
    }
}
