using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Sympozium.Abstractions.Resources;

/// <summary>Memory of an agent over its runs.</summary>
public sealed record MemorySpec
{
    /// <summary>Whether it has one.</summary>
    [DefaultValue(true)]
    public bool? Enabled { get; init; }

    /// <summary>Most kilobytes of the memory that is read into a run.</summary>
    [DefaultValue(256)]
    [Range(1, 1_048_576)]
    [System.Text.Json.Serialization.JsonPropertyName("maxSizeKB")]
    public int? MaxSizeKilobytes { get; init; }

    /// <summary>Whether each run's task and answer are remembered without being asked; default true.</summary>
    public bool? AutoStore { get; init; }

    /// <summary>Instructions on what to remember.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>What the agent remembers from the start.</summary>
    public IReadOnlyList<string>? Seeds { get; init; }
}

/// <summary>Telemetry of an agent's pods (OpenTelemetry).</summary>
public sealed record ObservabilitySpec
{
    /// <summary>Whether traces and metrics are sent.</summary>
    [DefaultValue(false)]
    public bool? Enabled { get; init; }

    /// <summary>Where they are sent, for example http://collector:4317.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>How they are sent.</summary>
    [AllowedWords("grpc", "http/protobuf")]
    public string? OtlpProtocol { get; init; }

    /// <summary>Name of the service in them; default the instance's.</summary>
    public string? ServiceName { get; init; }

    /// <summary>Further headers of each request.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Secret with further headers.</summary>
    public string? HeadersSecretRef { get; init; }

    /// <summary>Share of the traces that are kept, from 0 to 1, as a text.</summary>
    public string? SamplingRatio { get; init; }

    /// <summary>Further attributes of the resource.</summary>
    public IReadOnlyDictionary<string, string>? ResourceAttributes { get; init; }
}

/// <summary>An MCP server whose tools an agent has: an MCPServer by name, or any server by URL.</summary>
public sealed record McpServerReference
{
    /// <summary>Name of an MCPServer in the run's namespace, else in sympozium-system; with url any name.</summary>
    [StringLength(253, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>Endpoint of a server that is no MCPServer.</summary>
    public string? Url { get; init; }

    /// <summary>Beginning of the names of its tools; no two servers of an agent share it.</summary>
    [StringLength(40, MinimumLength = 1)]
    [RegularExpression(McpServerSpec.PrefixPattern)]
    public required string ToolsPrefix { get; init; }

    /// <summary>Most time of one call, in seconds.</summary>
    [DefaultValue(30)]
    [Range(1, 86_400)]
    public int? Timeout { get; init; }

    /// <summary>Secret with the server's token.</summary>
    public string? AuthSecret { get; init; }

    /// <summary>Key of the token in the secret; default token.</summary>
    public string? AuthKey { get; init; }

    /// <summary>Further headers of each request.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Only these of its tools; empty means all.</summary>
    public IReadOnlyList<string>? ToolsAllow { get; init; }

    /// <summary>Never these of its tools; wins over toolsAllow.</summary>
    public IReadOnlyList<string>? ToolsDeny { get; init; }
}

/// <summary>HTTP endpoint of an agent.</summary>
public sealed record WebEndpointSpec
{
    /// <summary>Whether there is one.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Its host name; default the agent's name under the gateway's domain.</summary>
    public string? Hostname { get; init; }

    /// <summary>Secret with its key.</summary>
    public string? AuthSecretRef { get; init; }

    /// <summary>How often it may be called.</summary>
    public RateLimitSpec? RateLimit { get; init; }
}

/// <summary>How often an endpoint may be called.</summary>
public sealed record RateLimitSpec
{
    /// <summary>Requests per minute in the long run.</summary>
    [DefaultValue(60)]
    [Range(1, 1_000_000)]
    public int? RequestsPerMinute { get; init; }

    /// <summary>Requests at once.</summary>
    [DefaultValue(10)]
    [Range(1, 1_000_000)]
    public int? BurstSize { get; init; }
}
