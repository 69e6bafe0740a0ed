using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>
/// The parts of a Pod object that local pods act on. Settable, though nobody sets them: generated deserialization passes over the
/// initialisers of init-only properties.
/// </summary>
internal sealed record PodManifest
{
    public PodMeta Metadata { get; set; } = new();

    public PodSpec Spec { get; set; } = new();

    public PodPhaseSeen? Status { get; set; }

    /// <summary>Reads a Pod as the API hands it out.</summary>
    public static PodManifest Parse(JsonObject pod) =>
        pod.Deserialize(ManifestJson.Default.PodManifest) ?? throw new JsonException("The Pod is null.");
}

/// <summary>Who the pod is.</summary>
internal sealed record PodMeta
{
    public string Name { get; set; } = "";

    public string Namespace { get; set; } = "";

    public string Uid { get; set; } = "";

    public DateTimeOffset? DeletionTimestamp { get; set; }

    public int? DeletionGracePeriodSeconds { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];

    public Dictionary<string, string> Annotations { get; set; } = [];
}

/// <summary>The little of the status that matters on a return.</summary>
internal sealed record PodPhaseSeen
{
    public string? Phase { get; set; }

    public DateTimeOffset? StartTime { get; set; }
}

/// <summary>What shall run.</summary>
internal sealed record PodSpec
{
    public List<ContainerSpec> InitContainers { get; set; } = [];

    public List<ContainerSpec> Containers { get; set; } = [];

    public List<VolumeSpec> Volumes { get; set; } = [];

    public string RestartPolicy { get; set; } = "Always";

    public int TerminationGracePeriodSeconds { get; set; } = 30;

    public long? ActiveDeadlineSeconds { get; set; }

    public string? NodeName { get; set; }

    public string? Hostname { get; set; }

    public string ServiceAccountName { get; set; } = "default";
}

/// <summary>One container.</summary>
internal sealed record ContainerSpec
{
    public string Name { get; set; } = "";

    public string Image { get; set; } = "";

    public List<string> Command { get; set; } = [];

    public List<string> Args { get; set; } = [];

    public string? WorkingDir { get; set; }

    public List<EnvVar> Env { get; set; } = [];

    public List<EnvSource> EnvFrom { get; set; } = [];

    public List<VolumeMount> VolumeMounts { get; set; } = [];

    public ContainerResources Resources { get; set; } = new();

    /// <summary>Only on init containers: <c>Always</c> makes a native sidecar.</summary>
    public string? RestartPolicy { get; set; }
}

/// <summary>Requests and limits as quantities.</summary>
internal sealed record ContainerResources
{
    public Dictionary<string, JsonElement> Requests { get; set; } = [];

    public Dictionary<string, JsonElement> Limits { get; set; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PodManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
