using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using NATS.Client.Core;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// An event as a NATS message: the JSON envelope as payload, what the transport needs in headers: the id that the server drops
/// repetitions by, and the trace context (W3C Trace Context, https://www.w3.org/TR/trace-context/).
/// </summary>
internal static class NatsEnvelope
{
    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";

    public static byte[] Write(BusEvent busEvent) => JsonSerializer.SerializeToUtf8Bytes(busEvent, EventsJson.Default.BusEvent);

    /// <summary>Reads and checks an envelope; <paramref name="problem"/> says why it cannot be taken.</summary>
    public static bool TryRead(byte[]? payload, string subject, [NotNullWhen(true)] out BusEvent? busEvent, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            busEvent = JsonSerializer.Deserialize(payload, EventsJson.Default.BusEvent);
            problem = busEvent is null ? "The envelope is null." : null;
        }
        catch (JsonException wrong)
        {
            busEvent = null;
            problem = $"The envelope is not a bus event: {wrong.Message}";
        }

        if (busEvent is not null && !NatsSubjects.Fits(subject, busEvent))
        {
            problem = $"The envelope is about topic '{busEvent.Topic}' and run '{busEvent.Metadata.RunKey}', but was published as '{subject}'.";
            busEvent = null;
        }

        return busEvent is not null;
    }

    /// <summary>The headers of an event that is published now.</summary>
    public static NatsHeaders? Headers()
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } activity)
        {
            return null;
        }

        var headers = new NatsHeaders { [TraceParent] = id };
        if (activity.TraceStateString is { Length: > 0 } state)
        {
            headers[TraceState] = state;
        }

        return headers;
    }

    /// <summary>The trace that an event belongs to; none when it has no, or an unreadable, context.</summary>
    public static ActivityContext Trace(NatsHeaders? headers)
    {
        if (headers is null || !headers.TryGetLastValue(TraceParent, out string? parent))
        {
            return default;
        }

        headers.TryGetLastValue(TraceState, out string? state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context) ? context : default;
    }
}
