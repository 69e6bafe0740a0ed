using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>The parts of a Job that its controller acts on. Settable for generated deserialization only.</summary>
internal sealed record JobManifest
{
    public JobMeta Metadata { get; set; } = new();

    public JobSpec Spec { get; set; } = new();

    public JobStatusSeen Status { get; set; } = new();

    public static JobManifest Parse(JsonObject job) => job.Deserialize(JobJson.Default.JobManifest) ?? throw new JsonException("The Job is null.");
}

/// <summary>Which Job it is.</summary>
internal sealed record JobMeta
{
    public string Name { get; set; } = "";

    public string Namespace { get; set; } = "";

    public string Uid { get; set; } = "";

    public DateTimeOffset? DeletionTimestamp { get; set; }
}

/// <summary>What shall run, and when it counts as done or failed.</summary>
internal sealed record JobSpec
{
    public int? Parallelism { get; set; }

    public int? Completions { get; set; }

    public int BackoffLimit { get; set; } = 6;

    public string CompletionMode { get; set; } = "NonIndexed";

    public int? BackoffLimitPerIndex { get; set; }

    public int? MaxFailedIndexes { get; set; }

    public PodFailurePolicy? PodFailurePolicy { get; set; }

    public SuccessPolicy? SuccessPolicy { get; set; }

    public string PodReplacementPolicy { get; set; } = "TerminatingOrFailed";

    /// <summary>Another controller that works on the Job; this one then leaves it alone.</summary>
    public string? ManagedBy { get; set; }

    public bool IsIndexed => CompletionMode == "Indexed";

    /// <summary>Whether a pod is replaced, and counted, only when it has ended.</summary>
    public bool ReplacesFailedOnly => PodReplacementPolicy == "Failed";

    public bool IsManagedElsewhere => ManagedBy is not (null or "kubernetes.io/job-controller");

    public long? ActiveDeadlineSeconds { get; set; }

    public int? TtlSecondsAfterFinished { get; set; }

    public bool Suspend { get; set; }

    public JsonObject Template { get; set; } = [];
}

/// <summary>The status as it is stored.</summary>
internal sealed record JobStatusSeen
{
    public int Active { get; set; }

    public int? Ready { get; set; }

    public int? Terminating { get; set; }

    public int Succeeded { get; set; }

    public int Failed { get; set; }

    public string? CompletedIndexes { get; set; }

    public string? FailedIndexes { get; set; }

    public JsonObject? UncountedTerminatedPods { get; set; }

    /// <summary>Whether a controller has written this status before.</summary>
    public bool IsTracked => UncountedTerminatedPods is not null;

    public DateTimeOffset? StartTime { get; set; }

    public DateTimeOffset? CompletionTime { get; set; }

    public List<JobCondition> Conditions { get; set; } = [];
}

/// <summary>One condition of a Job.</summary>
internal sealed record JobCondition
{
    public const string SuccessCriteriaMet = "SuccessCriteriaMet";
    public const string Complete = "Complete";
    public const string FailureTarget = "FailureTarget";
    public const string Failed = "Failed";
    public const string Suspended = "Suspended";

    public string Type { get; set; } = "";

    public string Status { get; set; } = "True";

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public DateTimeOffset LastProbeTime { get; set; }

    public DateTimeOffset LastTransitionTime { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JobManifest))]
internal sealed partial class JobJson : JsonSerializerContext;
