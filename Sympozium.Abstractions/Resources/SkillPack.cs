using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>A bundle of skills, mounted into agent pods as files, optionally with a sidecar.</summary>
public sealed record SkillPackSpec
{
    /// <summary>The skills; each becomes the file &lt;name&gt;.md.</summary>
    public IReadOnlyList<SkillSpec>? Skills { get; init; }

    /// <summary>Category for catalogs.</summary>
    public string? Category { get; init; }

    /// <summary>Where the pack comes from.</summary>
    public string? Source { get; init; }

    /// <summary>Version of the pack.</summary>
    public string? Version { get; init; }

    /// <summary>What the pack needs to run.</summary>
    public RuntimeRequirementsSpec? RuntimeRequirements { get; init; }

    /// <summary>Container with the pack's tools, beside the agent in its pod.</summary>
    public SkillSidecarSpec? Sidecar { get; init; }
}

/// <summary>One skill of a pack.</summary>
public sealed record SkillSpec
{
    /// <summary>Name; also the name of its file.</summary>
    public required string Name { get; init; }

    /// <summary>One line on when to use it.</summary>
    public string? Description { get; init; }

    /// <summary>Binaries and tools that it needs.</summary>
    public SkillNeedsSpec? Requires { get; init; }

    /// <summary>The skill, in Markdown.</summary>
    public required string Content { get; init; }
}

/// <summary>What a skill needs.</summary>
public sealed record SkillNeedsSpec
{
    /// <summary>Binaries on the path.</summary>
    public IReadOnlyList<string>? Bins { get; init; }

    /// <summary>Tools of the agent.</summary>
    public IReadOnlyList<string>? Tools { get; init; }
}

/// <summary>What a pack needs to run.</summary>
public sealed record RuntimeRequirementsSpec
{
    /// <summary>Image that it was made for.</summary>
    public string? Image { get; init; }

    /// <summary>Whether it needs a sandbox.</summary>
    public bool? Sandbox { get; init; }

    /// <summary>Least memory.</summary>
    [Quantity]
    public JsonNode? MinMemory { get; init; }

    /// <summary>Least CPU.</summary>
    [Quantity]
    [JsonPropertyName("minCPU")]
    public JsonNode? MinCpu { get; init; }
}

/// <summary>Container with the tools of a pack.</summary>
public sealed record SkillSidecarSpec
{
    /// <summary>Its image.</summary>
    public required string Image { get; init; }

    /// <summary>When the image is pulled.</summary>
    [AllowedWords("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    /// <summary>Command; default the tool executor.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Its environment variables.</summary>
    public IReadOnlyList<VariableSpec>? Env { get; init; }

    /// <summary>Whether it sees the agent's workspace.</summary>
    [DefaultValue(true)]
    public bool? MountWorkspace { get; init; }

    /// <summary>CPU and memory that it gets.</summary>
    public SidecarResourcesSpec? Resources { get; init; }

    /// <summary>Rights in the run's namespace, for the time of the run.</summary>
    public IReadOnlyList<RbacRuleSpec>? Rbac { get; init; }

    /// <summary>Rights in the whole cluster, for the time of the run.</summary>
    [JsonPropertyName("clusterRBAC")]
    public IReadOnlyList<RbacRuleSpec>? ClusterRbac { get; init; }

    /// <summary>Secret that is mounted.</summary>
    public string? SecretRef { get; init; }

    /// <summary>Where it is mounted; default /secrets/ and the secret's name.</summary>
    public string? SecretMountPath { get; init; }

    /// <summary>Access to the node.</summary>
    public HostAccessSpec? HostAccess { get; init; }

    /// <summary>Whether the sidecar serves for as long as the run exists (mode server).</summary>
    public bool? RequiresServer { get; init; }

    /// <summary>Ports that it listens on.</summary>
    [Items(Key = "containerPort")]
    public IReadOnlyList<SidecarPortSpec>? Ports { get; init; }

    /// <summary>Further volumes of the pod.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of the sidecar.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }

    /// <summary>Tools that the sidecar executes for the agent.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<SidecarToolSpec>? Tools { get; init; }
}

/// <summary>CPU and memory of a sidecar, requested and at most.</summary>
public sealed record SidecarResourcesSpec
{
    /// <summary>CPU; default 100m.</summary>
    [Quantity]
    public JsonNode? Cpu { get; init; }

    /// <summary>Memory; default 128Mi.</summary>
    [Quantity]
    public JsonNode? Memory { get; init; }
}

/// <summary>Access to the node; a pod that has it is not isolated from the node.</summary>
public sealed record HostAccessSpec
{
    /// <summary>Whether it has any.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Whether the pod is in the node's network.</summary>
    public bool? HostNetwork { get; init; }

    /// <summary>Whether the pod sees the node's processes.</summary>
    [JsonPropertyName("hostPID")]
    public bool? HostPid { get; init; }

    /// <summary>Whether the sidecar may do all that root of the node may.</summary>
    public bool? Privileged { get; init; }

    /// <summary>Whether the sidecar runs as root.</summary>
    public bool? RunAsRoot { get; init; }

    /// <summary>Directories of the node.</summary>
    public IReadOnlyList<HostMountSpec>? Mounts { get; init; }
}

/// <summary>A directory of the node inside a sidecar.</summary>
public sealed record HostMountSpec
{
    /// <summary>Absolute path on the node.</summary>
    public required string HostPath { get; init; }

    /// <summary>Absolute path in the container.</summary>
    public required string MountPath { get; init; }

    /// <summary>Whether the sidecar must not write to it.</summary>
    [DefaultValue(true)]
    public bool? ReadOnly { get; init; }
}

/// <summary>A port of a sidecar.</summary>
public sealed record SidecarPortSpec
{
    /// <summary>Name of the port.</summary>
    public string? Name { get; init; }

    /// <summary>The port.</summary>
    [Range(1, 65_535)]
    public required int ContainerPort { get; init; }

    /// <summary>TCP, UDP or SCTP; default TCP.</summary>
    [AllowedWords("TCP", "UDP", "SCTP")]
    public string? Protocol { get; init; }
}

/// <summary>A tool that a sidecar executes.</summary>
public sealed record SidecarToolSpec
{
    /// <summary>Name by which the model calls it; none of the built-in tools' names.</summary>
    [StringLength(64, MinimumLength = 1)]
    [RegularExpression("^[a-z][a-z0-9_]*$")]
    public required string Name { get; init; }

    /// <summary>When to use it, for the model.</summary>
    [StringLength(2048)]
    public string? Description { get; init; }

    /// <summary>Program and its first arguments.</summary>
    [Items(Min = 1)]
    public required IReadOnlyList<string> Exec { get; init; }

    /// <summary>Argument between exec and the model's arguments.</summary>
    public string? Subcommand { get; init; }

    /// <summary>How the model's arguments reach the program: as its arguments, or as JSON on its standard input.</summary>
    [DefaultValue("args")]
    [AllowedWords("args", "stdin")]
    public string? InputMode { get; init; }

    /// <summary>Parameters that become arguments, in this order.</summary>
    public IReadOnlyList<string>? PositionalArgs { get; init; }

    /// <summary>Parameters of the tool, as a JSON schema of an object.</summary>
    public JsonObject? Parameters { get; init; }
}

/// <summary>What became of a skill pack.</summary>
public sealed record SkillPackStatus
{
    /// <summary>Ready or Error.</summary>
    public string? Phase { get; init; }

    /// <summary>ConfigMap with the skill files.</summary>
    public string? ConfigMapName { get; init; }

    /// <summary>Number of skills.</summary>
    public int? SkillCount { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
