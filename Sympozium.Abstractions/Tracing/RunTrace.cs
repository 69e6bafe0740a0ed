using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sympozium.Abstractions.Tracing;

/// <summary>
/// Where a run stands in its trace. Everything follows from the run's uid and its annotations, so each process of the control plane, also one
/// that was started in the middle of the run, names the same spans without asking another.
/// </summary>
public sealed class RunTrace
{
    /// <summary>Hexadecimal digits that start the id of every span of the run: an agent can claim no span of another run, though both be in one trace.</summary>
    public const int PrefixLength = 8;

    private const int SpanIdLength = 16;

    private RunTrace(ActivityContext cause, ActivityTraceId trace, string prefix, ActivityTraceFlags flags, string? state)
    {
        Cause = cause;
        Prefix = prefix;
        Run = new ActivityContext(trace, Span(prefix, "00000001"), flags, state);
        Job = new ActivityContext(trace, Span(prefix, "00000002"), flags, state);
    }

    /// <summary>The span that caused the run: the request, or the write of the resource. None when the run starts its own trace.</summary>
    public ActivityContext Cause { get; }

    /// <summary>The run's span, written when it ends.</summary>
    public ActivityContext Run { get; }

    /// <summary>The span of making the Job; the agent's parent.</summary>
    public ActivityContext Job { get; }

    /// <summary>What the ids of all spans of the run start with.</summary>
    public string Prefix { get; }

    /// <summary>Whether the run's trace begins with it, so that whether it is sampled is decided here.</summary>
    public bool IsRoot => Cause == default;

    /// <summary>Whether the trace was chosen to be recorded where it began; a run that begins one leaves it to the sampler.</summary>
    public bool IsSampled => (Run.TraceFlags & ActivityTraceFlags.Recorded) != 0;

    /// <summary>The trace of a run.</summary>
    /// <param name="uid"><c>metadata.uid</c> of the run.</param>
    /// <param name="traceParent">Its annotation <see cref="SympoziumNames.TraceParentAnnotation"/>; an unreadable one counts as none.</param>
    /// <param name="traceState">Its annotation <see cref="SympoziumNames.TraceStateAnnotation"/>.</param>
    public static RunTrace Of(string uid, string? traceParent, string? traceState)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)));
        string prefix = hash[..PrefixLength];
        if (ActivityContext.TryParse(traceParent, traceState, isRemote: true, out ActivityContext cause))
        {
            return new RunTrace(cause, cause.TraceId, prefix, cause.TraceFlags, cause.TraceState);
        }

        // A uid is 128 random bits already: the trace of a run can be found without asking anybody.
        string trace = Guid.TryParse(uid, out Guid id) && id != Guid.Empty ? id.ToString("N", CultureInfo.InvariantCulture) : hash[PrefixLength..(PrefixLength + 32)];
        return new RunTrace(default, ActivityTraceId.CreateFromString(trace), prefix, ActivityTraceFlags.Recorded, null);
    }

    /// <summary>
    /// The context that a span of the run hands on: what it sent when that is in the run's trace and its own span, else the Job's, so that nothing an
    /// agent sends leads into another trace.
    /// </summary>
    public ActivityContext Continue(string? traceParent) =>
        ActivityContext.TryParse(traceParent, Run.TraceState, isRemote: true, out ActivityContext sent) && sent.TraceId == Run.TraceId && IsOwn(sent.SpanId.ToHexString())
            ? new ActivityContext(Run.TraceId, sent.SpanId, Run.TraceFlags, Run.TraceState, isRemote: true)
            : Job;

    /// <summary>Whether an id is that of a span which this run's agent may have made.</summary>
    public bool IsOwn(string spanId) => spanId.Length == SpanIdLength && spanId.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>A context as W3C traceparent.</summary>
    public static string Write(ActivityContext context) =>
        $"00-{context.TraceId.ToHexString()}-{context.SpanId.ToHexString()}-{((context.TraceFlags & ActivityTraceFlags.Recorded) != 0 ? "01" : "00")}";

    private static ActivitySpanId Span(string prefix, string rest) => ActivitySpanId.CreateFromString(prefix + rest);
}
