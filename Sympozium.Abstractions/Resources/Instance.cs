using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>An agent's identity: its model, instructions, skills, channels and policy. Served as SympoziumInstance and as Agent.</summary>
public sealed record InstanceSpec
{
    /// <summary>Name for people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Settings of the agents; default is the only one used. Also spelled provider {name, model, apiKeySecret}.</summary>
    public InstanceAgentsSpec? Agents { get; init; }

    /// <summary>Instructions that every run starts with.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Skill packs of every run. A name, or an object {skillPackRef, params}.</summary>
    public IReadOnlyList<SkillReference>? Skills { get; init; }

    /// <summary>Name of a SympoziumPolicy in the instance's namespace. Also spelled policy.</summary>
    public string? PolicyRef { get; init; }

    /// <summary>Secrets with provider keys, by provider.</summary>
    public IReadOnlyList<AuthReference>? AuthRefs { get; init; }

    /// <summary>Channels that the agent listens on.</summary>
    public IReadOnlyList<ChannelSpec>? Channels { get; init; }

    /// <summary>Memory of the agent.</summary>
    public MemorySpec? Memory { get; init; }

    /// <summary>Telemetry of the agent's pods.</summary>
    public ObservabilitySpec? Observability { get; init; }

    /// <summary>MCP servers whose tools the agent has.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<McpServerReference>? McpServers { get; init; }

    /// <summary>HTTP endpoint of the agent (the gateway serves every instance; kept for compatibility).</summary>
    public WebEndpointSpec? WebEndpoint { get; init; }

    /// <summary>Secrets to pull images with.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<SecretReference>? ImagePullSecrets { get; init; }

    /// <summary>Further volumes of agent pods.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of the agent container.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }
}

/// <summary>Agents of an instance.</summary>
public sealed record InstanceAgentsSpec
{
    /// <summary>The instance's agent.</summary>
    public AgentSettings? Default { get; init; }
}

/// <summary>Settings of an instance's agent.</summary>
public sealed record AgentSettings
{
    /// <summary>Model name as the provider knows it.</summary>
    public string? Model { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint; default: OPENAI_BASE_URL of the secret, else the provider's own.</summary>
    [JsonPropertyName("baseURL")]
    public string? BaseUrl { get; init; }

    /// <summary>Further headers of each request to the provider.</summary>
    public IReadOnlyDictionary<string, string>? ProviderHeaders { get; init; }

    /// <summary>Secret with further headers.</summary>
    public string? ProviderHeadersSecretRef { get; init; }

    /// <summary>Effort of reasoning: off, low, medium or high.</summary>
    public string? Thinking { get; init; }

    /// <summary>Most time a run may take, as a Go duration; default 10m.</summary>
    public string? RunTimeout { get; init; }

    /// <summary>Nodes that agent pods may run on.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>Further environment variables of the agent container.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Sandbox of the agent's commands.</summary>
    public SandboxSpec? Sandbox { get; init; }

    /// <summary>Sandbox by the agent-sandbox project.</summary>
    public AgentSandboxSpec? AgentSandbox { get; init; }

    /// <summary>Limits of child runs.</summary>
    public SubagentsSpec? Subagents { get; init; }

    /// <summary>Hooks before and after the agent.</summary>
    public LifecycleSpec? Lifecycle { get; init; }
}

/// <summary>A provider's secret.</summary>
public sealed record AuthReference
{
    /// <summary>Provider, for example openai, anthropic or ollama.</summary>
    public string? Provider { get; init; }

    /// <summary>Secret in the instance's namespace.</summary>
    public required string Secret { get; init; }
}

/// <summary>What became of an instance.</summary>
public sealed record InstanceStatus
{
    /// <summary>Pending, Ready, Running, Serving or Error.</summary>
    public string? Phase { get; init; }

    /// <summary>The channels as last seen.</summary>
    public IReadOnlyList<ChannelStatus>? Channels { get; init; }

    /// <summary>Runs whose pods are alive.</summary>
    public int? ActiveAgentPods { get; init; }

    /// <summary>Runs of this instance that exist.</summary>
    public int? TotalAgentRuns { get; init; }

    /// <summary>The HTTP endpoint as last seen.</summary>
    public WebEndpointStatus? WebEndpoint { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}

/// <summary>A channel as last seen.</summary>
public sealed record ChannelStatus
{
    /// <summary>Kind of channel.</summary>
    public required string Type { get; init; }

    /// <summary>Connected, Disconnected, Pending or Error.</summary>
    public required string Status { get; init; }

    /// <summary>When the channel was last asked.</summary>
    public DateTimeOffset? LastHealthCheck { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }
}

/// <summary>The HTTP endpoint of an instance as last seen.</summary>
public sealed record WebEndpointStatus
{
    /// <summary>Ready, Pending or Error.</summary>
    public string? Status { get; init; }

    /// <summary>Address from outside.</summary>
    public string? Url { get; init; }

    /// <summary>Secret with the endpoint's key.</summary>
    public string? AuthSecretName { get; init; }
}
