using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Gateway.Bus;

/// <summary>
/// Spans that agents report become spans of the run's trace. What a pod says is content: the trace, the identity and the time are bounded by what
/// the control plane knows, ids by the run's prefix, attributes by name and length. What does not fit is dropped, and the run does not notice.
/// </summary>
public sealed partial class AgentSpans(TimeProvider time, ILogger<AgentSpans> logger)
{
    /// <summary>Name of the activity source.</summary>
    public const string Name = "Sympozium.Agent";

    private const int MaxSpans = 256;
    private const int MaxTextLength = 256;

    /// <summary>What clocks of nodes may be apart.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    private const int RememberedEvents = 1024;

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Events that were taken: a bridge that is ended while it waits for the answer sends its last batch again. Guarded by itself.</summary>
    private readonly Queue<(string Uid, string Event)> _taken = new();

    /// <summary>Attributes an agent may set: none of them holds content.</summary>
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        TraceAttributes.Operation, TraceAttributes.Provider, TraceAttributes.Model, TraceAttributes.Conversation, TraceAttributes.InputTokens, TraceAttributes.OutputTokens,
        TraceAttributes.Tool, TraceAttributes.ToolCall, "gen_ai.tool.type", "gen_ai.agent.id", "sympozium.round", "sympozium.tool.calls", "process.exit.code",
    };

    /// <summary>Takes what the pod of a run reported.</summary>
    /// <param name="run">The run, which the caller knows not by the report.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="instance">Its instance.</param>
    /// <param name="trace">Where it stands in its trace; null when nothing is traced.</param>
    /// <param name="report">The event.</param>
    public void Accept(ResourceKey run, string uid, string? instance, RunTrace? trace, BusEvent report)
    {
        if (trace is null || !Source.HasListeners() || !IsNew(uid, report.Id))
        {
            return;
        }

        AgentSpan[] spans;
        try
        {
            spans = report.Data.Deserialize(AgentSpansJson.Default.AgentSpanArray) ?? [];
        }
        catch (JsonException wrong)
        {
            LogUnreadable(wrong, run);
            return;
        }

        int dropped = Math.Max(0, spans.Length - MaxSpans);
        foreach (AgentSpan? span in spans.Take(MaxSpans))
        {
            if (span is not null && IsSound(span, trace))
            {
                Write(run, uid, instance, trace, span);
            }
            else
            {
                dropped++;
            }
        }

        if (dropped > 0)
        {
            LogDropped(run, dropped);
        }
    }

    private bool IsNew(string uid, string? id)
    {
        if (id is not { Length: <= MaxTextLength })
        {
            return id is null;
        }

        lock (_taken)
        {
            if (_taken.Contains((uid, id)))
            {
                return false;
            }

            _taken.Enqueue((uid, id));
            if (_taken.Count > RememberedEvents)
            {
                _taken.Dequeue();
            }

            return true;
        }
    }

    private bool IsSound(AgentSpan span, RunTrace trace)
    {
        long now = Microseconds(time.GetUtcNow());
        return span.Name.Length is > 0 and <= MaxTextLength
            && trace.IsOwn(span.SpanId) && IsHexadecimal(span.SpanId) && span.SpanId != trace.Run.SpanId.ToHexString() && span.SpanId != trace.Job.SpanId.ToHexString()
            && trace.IsOwn(span.ParentSpanId) && IsHexadecimal(span.ParentSpanId) && span.ParentSpanId != span.SpanId
            && span.Start <= span.End && span.End <= now + (long)Skew.TotalMicroseconds && span.Start >= now - (long)MaxAge.TotalMicroseconds;
    }

    private static void Write(ResourceKey run, string uid, string? instance, RunTrace trace, AgentSpan span)
    {
        List<KeyValuePair<string, object?>> tags =
        [
            new(TraceAttributes.Namespace, run.Namespace),
            new(TraceAttributes.Run, run.Name),
            new(TraceAttributes.RunUid, uid),
            new(TraceAttributes.Agent, instance),
        ];
        foreach ((string name, JsonElement value) in span.Attributes ?? new Dictionary<string, JsonElement>())
        {
            if (Allowed.Contains(name) && Value(value) is { } known)
            {
                tags.Add(new(name, known));
            }
        }

        if (trace.IsRoot)
        {
            tags.Add(TraceAttributes.StartedByRun);
        }

        string? error = Cut(span.Error);
        if (error is not null)
        {
            tags.Add(new(TraceAttributes.Error, error));
        }

        KnownSpan.Write(
            Source, span.Name, ActivityKind.Internal, Context(trace, span.SpanId), Context(trace, span.ParentSpanId), Time(span.Start), Time(span.End), tags, error);
    }

    private static ActivityContext Context(RunTrace trace, string spanId) =>
        new(trace.Run.TraceId, ActivitySpanId.CreateFromString(spanId), trace.Run.TraceFlags, trace.Run.TraceState, isRemote: true);

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Cut(value.GetString()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetInt64(out long number) => number,
        JsonValueKind.Number when value.TryGetDouble(out double number) => number,
        _ => null,
    };

    private static string? Cut(string? text) => text is null || text.Length <= MaxTextLength ? text : text[..MaxTextLength];

    private static bool IsHexadecimal(string id) => id.All(char.IsAsciiHexDigitLower);

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Spans that the pod of run {RunId} reported cannot be read")]
    private partial void LogUnreadable(Exception exception, ResourceKey runId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} spans that the pod of run {RunId} reported were dropped: unsound or too many")]
    private partial void LogDropped(ResourceKey runId, int count);
}
