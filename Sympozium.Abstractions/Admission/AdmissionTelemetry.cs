using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Abstractions.Admission;

/// <summary>Metrics of reviews, and the trace of a run that is created: for both hosts of <see cref="ResourceReviewer"/>.</summary>
public static class AdmissionTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Sympozium.Admission";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "sympozium.admission.duration", "s", "Review of a write, by kind and verdict", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1] });

    /// <summary>Records a review that began at a timestamp of <see cref="TimeProvider.System"/>; <paramref name="verdict"/> is <c>allowed</c>, <c>refused</c> or <c>undecided</c>.</summary>
    public static void Record(string kind, string verdict, long started)
    {
        if (Duration.Enabled)
        {
            Duration.Record(
                TimeProvider.System.GetElapsedTime(started).TotalSeconds, new("sympozium.resource.kind", kind), new KeyValuePair<string, object?>("sympozium.admission.verdict", verdict));
        }
    }

    /// <summary>The annotations that let a new run go on in the present trace; none when it is in one already or nothing is traced.</summary>
    public static IEnumerable<FieldDefault> Trace(ReviewRequest request)
    {
        if (Activity.Current is not { Recorded: true } current || !current.Source.Name.StartsWith("Sympozium.", StringComparison.Ordinal)
            || request is not { Kind: "AgentRun", Operation: ReviewOperation.Create } || Annotation(request.Resource) is not null)
        {
            yield break;
        }

        yield return new FieldDefault(["metadata", "annotations", SympoziumNames.TraceParentAnnotation], RunTrace.Write(current.Context));
        if (current.TraceStateString is { Length: > 0 } state)
        {
            yield return new FieldDefault(["metadata", "annotations", SympoziumNames.TraceStateAnnotation], state);
        }
    }

    private static string? Annotation(JsonObject run) =>
        ((run["metadata"] as JsonObject)?["annotations"] as JsonObject)?[SympoziumNames.TraceParentAnnotation].AsText();
}
