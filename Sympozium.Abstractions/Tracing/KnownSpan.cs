using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sympozium.Abstractions.Tracing;

/// <summary>
/// Spans whose id is known before they are made: those that follow from a run's uid, and those that an agent reports. .NET gives every span a
/// random id and has no public way to set it (docs/decisions/0026-traces-of-runs.md); the test of this class fails should a new runtime
/// keep it elsewhere.
/// </summary>
public static class KnownSpan
{
    [ThreadStatic]
    private static ActivityTraceId? _nextTrace;

    static KnownSpan() => Activity.TraceIdGenerator = static () => _nextTrace ?? ActivityTraceId.CreateRandom();

    /// <summary>Starts a span with this id below <paramref name="parent"/>; null when nobody listens or it is not sampled.</summary>
    public static Activity? Start(
        ActivitySource source, string name, ActivityKind kind, ActivitySpanId id, ActivityContext parent, IEnumerable<KeyValuePair<string, object?>>? tags = null)
    {
        Activity? span = source.StartActivity(kind, parent, tags, name: name);
        if (span is not null)
        {
            SpanId(span) = id.ToHexString();
        }

        return span;
    }

    /// <summary>Writes a span that has ended: <paramref name="context"/> says its trace and id; without a parent the trace begins with it.</summary>
    /// <param name="source">Whose it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="context">Its trace and id.</param>
    /// <param name="parent">Its parent; default for none.</param>
    /// <param name="start">When it began.</param>
    /// <param name="end">When it ended.</param>
    /// <param name="tags">Its attributes.</param>
    /// <param name="error">What went wrong, for its status; null when nothing did.</param>
    public static void Write(
        ActivitySource source,
        string name,
        ActivityKind kind,
        ActivityContext context,
        ActivityContext parent,
        DateTimeOffset start,
        DateTimeOffset end,
        IEnumerable<KeyValuePair<string, object?>> tags,
        string? error)
    {
        Activity? outer = Activity.Current;
        try
        {
            // Else what happens to be current would become the parent of a span that has none.
            Activity.Current = null;
            _nextTrace = context.TraceId;
            using Activity? span = source.StartActivity(kind, parent, tags, links: null, start, name);
            if (span is null)
            {
                return;
            }

            SpanId(span) = context.SpanId.ToHexString();
            if (error is not null)
            {
                span.SetStatus(ActivityStatusCode.Error, error);
            }

            span.SetEndTime(end.UtcDateTime);
        }
        finally
        {
            _nextTrace = null;
            Activity.Current = outer;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanId(Activity activity);
}
