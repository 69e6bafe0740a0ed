using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>A volume of the pod (core/v1 Volume): its name and one source.</summary>
public sealed record VolumeShape
{
    /// <summary>Name of the volume; the names that agent pods use themselves are reserved.</summary>
    public required string Name { get; init; }

    /// <summary>Files from a ConfigMap.</summary>
    public JsonObject? ConfigMap { get; init; }

    /// <summary>Files from a Secret.</summary>
    public JsonObject? Secret { get; init; }

    /// <summary>An empty directory that lives as long as the pod.</summary>
    public JsonObject? EmptyDir { get; init; }

    /// <summary>A PersistentVolumeClaim of the namespace.</summary>
    public JsonObject? PersistentVolumeClaim { get; init; }

    /// <summary>Several sources in one directory.</summary>
    public JsonObject? Projected { get; init; }

    /// <summary>A volume of a CSI driver.</summary>
    public JsonObject? Csi { get; init; }
}

/// <summary>Where a container sees a volume (core/v1 VolumeMount).</summary>
public sealed record VolumeMountShape
{
    /// <summary>Name of the volume.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path in the container.</summary>
    public required string MountPath { get; init; }

    /// <summary>Path inside the volume; default its root.</summary>
    public string? SubPath { get; init; }

    /// <summary>Path inside the volume with variables of the container.</summary>
    public string? SubPathExpr { get; init; }

    /// <summary>Whether the container must not write; default false.</summary>
    public bool? ReadOnly { get; init; }
}

/// <summary>A taint of nodes that the pod tolerates (core/v1 Toleration).</summary>
public sealed record TolerationShape
{
    /// <summary>Key of the taint; empty with operator Exists means all.</summary>
    public string? Key { get; init; }

    /// <summary>Exists or Equal; default Equal.</summary>
    public string? Operator { get; init; }

    /// <summary>Value of the taint.</summary>
    public string? Value { get; init; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute; empty means all.</summary>
    public string? Effect { get; init; }

    /// <summary>Seconds that a pod stays after NoExecute; default for ever.</summary>
    public long? TolerationSeconds { get; init; }
}

/// <summary>A Secret of the namespace by its name (core/v1 LocalObjectReference).</summary>
public sealed record SecretReference
{
    /// <summary>Name of the Secret.</summary>
    public required string Name { get; init; }
}

/// <summary>What a container asks for and what it may use at most (core/v1 ResourceRequirements).</summary>
public sealed record ResourcesSpec
{
    /// <summary>What the container is sure to get, by resource: cpu, memory, ...</summary>
    [Quantity]
    public IReadOnlyDictionary<string, JsonNode>? Requests { get; init; }

    /// <summary>What the container may use at most, by resource.</summary>
    [Quantity]
    public IReadOnlyDictionary<string, JsonNode>? Limits { get; init; }
}

/// <summary>An environment variable (core/v1 EnvVar): a value, or where to take it from.</summary>
public sealed record VariableSpec
{
    /// <summary>Name of the variable.</summary>
    public required string Name { get; init; }

    /// <summary>Its value.</summary>
    public string? Value { get; init; }

    /// <summary>Where its value comes from; not together with value.</summary>
    public VariableSourceSpec? ValueFrom { get; init; }
}

/// <summary>Where the value of a variable comes from.</summary>
public sealed record VariableSourceSpec
{
    /// <summary>A key of a Secret in the namespace.</summary>
    public KeyReference? SecretKeyRef { get; init; }
}

/// <summary>A key of a Secret.</summary>
public sealed record KeyReference
{
    /// <summary>Name of the Secret.</summary>
    public required string Name { get; init; }

    /// <summary>Key inside it.</summary>
    public required string Key { get; init; }

    /// <summary>Whether the Secret or its key may be absent; default false.</summary>
    [DefaultValue(false)]
    public bool? Optional { get; init; }
}

/// <summary>Rights that are given for one run (rbac.authorization.k8s.io/v1 PolicyRule).</summary>
public sealed record RbacRuleSpec
{
    /// <summary>API groups; the empty text is the core group.</summary>
    public required IReadOnlyList<string> ApiGroups { get; init; }

    /// <summary>Resources in plural, also with a subresource: pods, pods/log.</summary>
    public required IReadOnlyList<string> Resources { get; init; }

    /// <summary>Verbs: get, list, watch, create, ...</summary>
    public required IReadOnlyList<string> Verbs { get; init; }
}
