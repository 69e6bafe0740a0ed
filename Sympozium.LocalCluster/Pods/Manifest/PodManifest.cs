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

    /// <summary>Whether a volume shows this ConfigMap or Secret.</summary>
    public bool Mounts(bool isSecret, string name) => Spec.Volumes.Exists(v =>
        (isSecret ? v.Secret?.SecretName : v.ConfigMap?.Name) == name
        || v.Projected?.Sources.Exists(s => (isSecret ? s.Secret : s.ConfigMap)?.Name == name) == true);

    /// <summary>Lifetime of the token in a volume that expires first; null when there is none.</summary>
    public TimeSpan? ShortestToken => Spec.Volumes.SelectMany(v => v.Projected?.Sources ?? []).Select(s => s.ServiceAccountToken).OfType<TokenSource>()
        .Select(t => (TimeSpan?)TimeSpan.FromSeconds(t.ExpirationSeconds)).Min();

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

    public long Generation { get; set; }

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

    public string? PodIP { get; set; }

    public List<PodConditionSeen> Conditions { get; set; } = [];
}

/// <summary>A condition as it is stored.</summary>
internal sealed record PodConditionSeen
{
    public string Type { get; set; } = "";

    public string Status { get; set; } = "";

    public DateTimeOffset? LastTransitionTime { get; set; }
}

/// <summary>A condition of somebody else's that counts for readiness.</summary>
internal sealed record ReadinessGate
{
    public string ConditionType { get; set; } = "";
}

/// <summary>Names that the pod's hosts file gives to an address.</summary>
internal sealed record HostAlias
{
    public string Ip { get; set; } = "";

    public List<string> Hostnames { get; set; } = [];
}

/// <summary>What shall run.</summary>
internal sealed record PodSpec
{
    public List<ContainerSpec> InitContainers { get; set; } = [];

    public List<ContainerSpec> Containers { get; set; } = [];

    /// <summary>Added while the pod runs.</summary>
    public List<ContainerSpec> EphemeralContainers { get; set; } = [];

    public List<VolumeSpec> Volumes { get; set; } = [];

    public string RestartPolicy { get; set; } = "Always";

    public int TerminationGracePeriodSeconds { get; set; } = 30;

    public long? ActiveDeadlineSeconds { get; set; }

    public string? NodeName { get; set; }

    public string? Hostname { get; set; }

    public bool HostNetwork { get; set; }

    public bool EnableServiceLinks { get; set; } = true;

    public List<HostAlias> HostAliases { get; set; } = [];

    public string ServiceAccountName { get; set; } = "default";

    public SecurityIdentity SecurityContext { get; set; } = new();

    public List<ReadinessGate> ReadinessGates { get; set; } = [];
}

/// <summary>One container.</summary>
internal sealed record ContainerSpec
{
    public string Name { get; set; } = "";

    public string Image { get; set; } = "";

    public string ImagePullPolicy { get; set; } = "";

    public List<string> Command { get; set; } = [];

    public List<string> Args { get; set; } = [];

    public string? WorkingDir { get; set; }

    public List<EnvVar> Env { get; set; } = [];

    public List<EnvSource> EnvFrom { get; set; } = [];

    public List<VolumeMount> VolumeMounts { get; set; } = [];

    public ContainerResources Resources { get; set; } = new();

    /// <summary>Whether its standard input is kept open for clients that attach to it.</summary>
    public bool Stdin { get; set; }

    /// <summary>Whether that ends with the first client.</summary>
    public bool StdinOnce { get; set; }

    /// <summary>The container's own policy. On init containers <c>Always</c> makes a native sidecar.</summary>
    public string? RestartPolicy { get; set; }

    public SecurityIdentity SecurityContext { get; set; } = new();

    public string TerminationMessagePath { get; set; } = "/dev/termination-log";

    public string TerminationMessagePolicy { get; set; } = "File";

    public List<ContainerPort> Ports { get; set; } = [];

    public LifecycleHooks? Lifecycle { get; set; }

    public Probe? StartupProbe { get; set; }

    public Probe? LivenessProbe { get; set; }

    public Probe? ReadinessProbe { get; set; }
}

/// <summary>Who a container's processes are.</summary>
internal sealed record SecurityIdentity
{
    public long? RunAsUser { get; set; }

    public long? RunAsGroup { get; set; }

    public bool? RunAsNonRoot { get; set; }

    public long? FsGroup { get; set; }

    public List<long> SupplementalGroups { get; set; } = [];
}

/// <summary>A port that probes and hooks may name.</summary>
internal sealed record ContainerPort
{
    public string? Name { get; set; }

    [JsonPropertyName("containerPort")]
    public int Number { get; set; }
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
