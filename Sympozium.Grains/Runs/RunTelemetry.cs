using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Grains.Runs;

/// <summary>Traces and metrics of runs. Labels of metrics never name a run.</summary>
internal static class RunTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Sympozium.Runs";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Started = Meter.CreateCounter<long>("sympozium.runs.started", "{run}", "Runs whose Job was created");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("sympozium.runs.ended", "{run}", "Runs that ended, by phase and reason");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "sympozium.run.duration", "s", "From taking up a run to its end", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] });

    /// <summary>Where a run stands in its trace; null when nobody listens to traces.</summary>
    public static RunTrace? TraceOf(JsonObject run) => Source.HasListeners() ? Read(run) : null;

    /// <summary>The trace's id for the run's status: of a trace that is recorded here, or of the one that the run was created in.</summary>
    public static string? TraceId(JsonObject run) =>
        Source.HasListeners() || run["metadata"]!["annotations"]?[SympoziumNames.TraceParentAnnotation] is not null ? IdOf(Read(run)) : null;

    /// <summary>The trace that the run was created in, as its annotations say; null when they say none or nothing readable.</summary>
    public static (string? TraceParent, string? TraceState) Cause(JsonObject run)
    {
        JsonNode? annotations = run["metadata"]!["annotations"];
        string? state = (string?)annotations?[SympoziumNames.TraceStateAnnotation];
        state = state?.All(c => c is >= ' ' and <= '~') is true ? state : null;
        return ActivityContext.TryParse((string?)annotations?[SympoziumNames.TraceParentAnnotation], state, out ActivityContext cause)
            ? (RunTrace.Write(cause), cause.TraceState)
            : (null, null);
    }

    /// <summary>Starts the span of making a run's Job; null when it is not traced.</summary>
    public static Activity? StartJob(JsonObject run, RunPlan plan)
    {
        if (TraceOf(run) is not { } trace)
        {
            return null;
        }

        List<KeyValuePair<string, object?>> tags = Identity(plan.Run, plan.RunUid, plan.Instance, trace);
        tags.Add(new(TraceAttributes.Job, RunObjectNames.Job(plan.Run.Name)));
        return KnownSpan.Start(Source, "create_job", ActivityKind.Producer, trace.Job.SpanId, trace.Run, tags);
    }

    /// <summary>The plan with what the pod needs to continue the trace.</summary>
    public static RunPlan Continue(RunPlan plan, Activity? job) =>
        job is null ? plan : plan with { TraceParent = RunTrace.Write(job.Context), TraceState = job.TraceStateString, ReportsSpans = true };

    /// <summary>Starts the span of telling the bus about a run, so that what is told carries the trace; null when it is not traced.</summary>
    public static Activity? StartPublish(JsonObject run, string topic)
    {
        if (TraceOf(run) is not { } trace)
        {
            return null;
        }

        List<KeyValuePair<string, object?>> tags = Identity(KeyOf(run), UidOf(run), InstanceOf(run), trace);
        tags.Add(new("messaging.operation.name", "publish"));
        tags.Add(new("messaging.destination.name", topic));
        return Source.StartActivity(ActivityKind.Producer, trace.Run, tags, name: $"publish {topic}");
    }

    /// <summary>Counts a run that was started.</summary>
    public static void CountStart() => Started.Add(1);

    /// <summary>Counts a run that ended and writes its span.</summary>
    public static void RecordEnd(JsonObject run, RunOutcome outcome, RunState state, DateTimeOffset now)
    {
        DateTimeOffset start = state.StartedAt ?? RunStatusWriter.StartOf(run) ?? now;
        Ended.Add(1, new(TraceAttributes.Phase, outcome.Phase), new(TraceAttributes.Reason, outcome.Reason ?? ""));
        Duration.Record((now - start).TotalSeconds, new KeyValuePair<string, object?>(TraceAttributes.Phase, outcome.Phase));
        if (TraceOf(run) is not { } trace)
        {
            return;
        }

        List<KeyValuePair<string, object?>> tags = Identity(KeyOf(run), UidOf(run), InstanceOf(run), trace);
        tags.Add(new(TraceAttributes.Phase, outcome.Phase));
        tags.Add(new(TraceAttributes.InputTokens, state.Usage.InputTokens));
        tags.Add(new(TraceAttributes.OutputTokens, state.Usage.OutputTokens));
        if (outcome.Reason is not null)
        {
            tags.Add(new(TraceAttributes.Reason, outcome.Reason));
        }

        string? error = outcome.Phase == RunPhase.Failed ? outcome.Reason ?? outcome.Phase : null;
        if (error is not null)
        {
            tags.Add(new(TraceAttributes.Error, error));
        }

        KnownSpan.Write(Source, $"run {InstanceOf(run)}", ActivityKind.Internal, trace.Run, trace.Cause, start, now, tags, error);
    }

    private static RunTrace Read(JsonObject run)
    {
        JsonNode? annotations = run["metadata"]!["annotations"];
        return RunTrace.Of(UidOf(run), (string?)annotations?[SympoziumNames.TraceParentAnnotation], (string?)annotations?[SympoziumNames.TraceStateAnnotation]);
    }

    private static string? IdOf(RunTrace trace) => Source.HasListeners() || !trace.IsRoot ? trace.Run.TraceId.ToHexString() : null;

    private static List<KeyValuePair<string, object?>> Identity(ResourceKey run, string uid, string? instance, RunTrace trace)
    {
        List<KeyValuePair<string, object?>> tags =
        [
            new(TraceAttributes.Namespace, run.Namespace),
            new(TraceAttributes.Run, run.Name),
            new(TraceAttributes.RunUid, uid),
            new(TraceAttributes.Agent, instance),
        ];
        if (trace.IsRoot)
        {
            tags.Add(TraceAttributes.StartedByRun);
        }

        return tags;
    }

    private static ResourceKey KeyOf(JsonObject run) => new((string)run["metadata"]!["namespace"]!, (string)run["metadata"]!["name"]!);

    private static string UidOf(JsonObject run) => (string?)run["metadata"]!["uid"] ?? "";

    private static string? InstanceOf(JsonObject run) => Abstractions.Resources.ResourceReader.AgentRun(run, [])?.InstanceRef;
}
