using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>The parts of a Pod object that local pods act on, read-only.</summary>
internal sealed record PodManifest
{
    public required PodMeta Metadata { get; init; }

    public required PodSpec Spec { get; init; }

    public PodPhaseSeen? Status { get; init; }

    /// <summary>Reads a Pod as the API hands it out.</summary>
    public static PodManifest Parse(JsonObject pod) =>
        pod.Deserialize(ManifestJson.Default.PodManifest) ?? throw new JsonException("The Pod is null.");
}

/// <summary>Who the pod is.</summary>
internal sealed record PodMeta
{
    public string Name { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Uid { get; init; } = "";

    public DateTimeOffset? DeletionTimestamp { get; init; }

    public int? DeletionGracePeriodSeconds { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    public Dictionary<string, string> Annotations { get; init; } = [];
}

/// <summary>The little of the status that matters on a return.</summary>
internal sealed record PodPhaseSeen
{
    public string? Phase { get; init; }

    public DateTimeOffset? StartTime { get; init; }
}

/// <summary>What shall run.</summary>
internal sealed record PodSpec
{
    public List<ContainerSpec> InitContainers { get; init; } = [];

    public List<ContainerSpec> Containers { get; init; } = [];

    public List<VolumeSpec> Volumes { get; init; } = [];

    public string RestartPolicy { get; init; } = "Always";

    public int TerminationGracePeriodSeconds { get; init; } = 30;

    public long? ActiveDeadlineSeconds { get; init; }

    public string? NodeName { get; init; }

    public string? Hostname { get; init; }

    public string ServiceAccountName { get; init; } = "default";
}

/// <summary>One container.</summary>
internal sealed record ContainerSpec
{
    public string Name { get; init; } = "";

    public string Image { get; init; } = "";

    public List<string> Command { get; init; } = [];

    public List<string> Args { get; init; } = [];

    public string? WorkingDir { get; init; }

    public List<EnvVar> Env { get; init; } = [];

    public List<EnvSource> EnvFrom { get; init; } = [];

    public List<VolumeMount> VolumeMounts { get; init; } = [];

    public ContainerResources Resources { get; init; } = new();

    /// <summary>Only on init containers: <c>Always</c> makes a native sidecar.</summary>
    public string? RestartPolicy { get; init; }
}

/// <summary>Requests and limits as quantities.</summary>
internal sealed record ContainerResources
{
    public Dictionary<string, JsonElement> Requests { get; init; } = [];

    public Dictionary<string, JsonElement> Limits { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PodManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
