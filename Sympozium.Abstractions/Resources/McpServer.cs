using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>An MCP server whose tools agents may have: run by the control plane (deployment), or running elsewhere (url).</summary>
public sealed record McpServerSpec
{
    /// <summary>What the beginning of tools' names may look like: models accept these letters in a tool's name.</summary>
    public const string PrefixPattern = "^[a-zA-Z0-9_-]+$";

    /// <summary>How the server speaks: stdio is a program behind an adapter, http is Streamable HTTP.</summary>
    [AllowedWords("stdio", "http")]
    public required string TransportType { get; init; }

    /// <summary>Endpoint of a server that runs elsewhere; then nothing is deployed.</summary>
    public string? Url { get; init; }

    /// <summary>How the control plane runs the server.</summary>
    public McpDeploymentSpec? Deployment { get; init; }

    /// <summary>Beginning of the names of its tools.</summary>
    [StringLength(40, MinimumLength = 1)]
    [RegularExpression(PrefixPattern)]
    public required string ToolsPrefix { get; init; }

    /// <summary>Most time of one call, in seconds.</summary>
    [DefaultValue(30)]
    [Range(1, 86_400)]
    public int? Timeout { get; init; }

    /// <summary>How many pods run the server; kubectl scale changes it.</summary>
    [DefaultValue(1)]
    [Range(0, 100)]
    public int? Replicas { get; init; }

    /// <summary>Whether the server is stopped for now.</summary>
    public bool? Suspended { get; init; }

    /// <summary>Only these of its tools; empty means all.</summary>
    public IReadOnlyList<string>? ToolsAllow { get; init; }

    /// <summary>Never these of its tools; wins over toolsAllow.</summary>
    public IReadOnlyList<string>? ToolsDeny { get; init; }
}

/// <summary>How an MCP server is run.</summary>
public sealed record McpDeploymentSpec
{
    /// <summary>Its image.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public required string Image { get; init; }

    /// <summary>When the image is pulled.</summary>
    [AllowedWords("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    /// <summary>Program in the image; required with stdio, where the adapter starts it.</summary>
    public string? Cmd { get; init; }

    /// <summary>Arguments of the program.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Port that the server listens on.</summary>
    [DefaultValue(8080)]
    [Range(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>Path of the endpoint of an http server, for example /mcp; default /.</summary>
    public string? Path { get; init; }

    /// <summary>Its environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Secrets whose keys become environment variables.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<SecretReference>? SecretRefs { get; init; }

    /// <summary>What it asks for and may use.</summary>
    public ResourcesSpec? Resources { get; init; }

    /// <summary>ServiceAccount of its pods; default one without rights.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>Further volumes of its pods.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of its container.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }
}

/// <summary>What became of an MCP server.</summary>
public sealed record McpServerStatus
{
    /// <summary>Whether its tools can be called.</summary>
    public bool? Ready { get; init; }

    /// <summary>Its endpoint.</summary>
    public string? Url { get; init; }

    /// <summary>Number of its tools, after toolsAllow and toolsDeny.</summary>
    public int? ToolCount { get; init; }

    /// <summary>Its tools, with their prefix.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>Pods that exist.</summary>
    public int? Replicas { get; init; }

    /// <summary>Labels of its pods, as a selector (for kubectl scale and autoscalers).</summary>
    public string? Selector { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form: Deployed, Ready, Suspended.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
