using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>What agents may do.</summary>
public sealed record PolicySpec
{
    /// <summary>Starting point: Permissive allows all, Default asks for execute_command, Restrictive denies what is not allowed and wants a sandbox.</summary>
    [AllowedWords("Permissive", "Default", "Restrictive")]
    public string? Template { get; init; }

    /// <summary>Which tools may be called.</summary>
    public ToolGatingSpec? ToolGating { get; init; }

    /// <summary>Tools that need an approval; short for toolGating rules with action ask.</summary>
    public IReadOnlyList<string>? RequireApproval { get; init; }

    /// <summary>Tools that are allowed; short for toolGating rules with action allow and defaultAction deny.</summary>
    public IReadOnlyList<string>? AllowedTools { get; init; }

    /// <summary>Sandbox of agent pods. Also spelled sandbox {enabled, runtimeClass}.</summary>
    public SandboxPolicySpec? SandboxPolicy { get; init; }

    /// <summary>Limits of child runs.</summary>
    public JsonObject? SubagentPolicy { get; init; }

    /// <summary>Features by name, true or false.</summary>
    public IReadOnlyDictionary<string, bool>? FeatureGates { get; init; }

    /// <summary>What agent pods may reach.</summary>
    public NetworkPolicySpec? NetworkPolicy { get; init; }

    /// <summary>Models that may be used.</summary>
    public JsonObject? ModelPolicy { get; init; }

    /// <summary>Registries that images may come from.</summary>
    public JsonObject? ImagePolicy { get; init; }

    /// <summary>Resources that hooks must not ask for.</summary>
    public JsonObject? LifecyclePolicy { get; init; }
}

/// <summary>Which tools may be called.</summary>
public sealed record ToolGatingSpec
{
    /// <summary>What happens to a tool without a rule; default allow.</summary>
    [AllowedWords("allow", "deny", "ask")]
    public string? DefaultAction { get; init; }

    /// <summary>Rules by tool; the first one for a tool holds.</summary>
    public IReadOnlyList<ToolRuleSpec>? Rules { get; init; }
}

/// <summary>Rule for one tool.</summary>
public sealed record ToolRuleSpec
{
    /// <summary>Name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>What happens when it is called.</summary>
    [AllowedWords("allow", "deny", "ask")]
    public required string Action { get; init; }
}

/// <summary>Sandbox of agent pods.</summary>
public sealed record SandboxPolicySpec
{
    /// <summary>Whether agents must run in a sandbox.</summary>
    public bool? Required { get; init; }

    /// <summary>Image of the sandbox when the run names none.</summary>
    public string? DefaultImage { get; init; }

    /// <summary>Most CPU, as a Kubernetes quantity.</summary>
    [JsonPropertyName("maxCPU")]
    public JsonNode? MaxCpu { get; init; }

    /// <summary>Most memory, as a Kubernetes quantity.</summary>
    public JsonNode? MaxMemory { get; init; }

    /// <summary>Whether directories of the host may be mounted; default false.</summary>
    public bool? AllowHostMounts { get; init; }

    /// <summary>Seccomp profile of agent pods.</summary>
    public JsonObject? SeccompProfile { get; init; }

    /// <summary>Runtime class of agent pods, for example gvisor.</summary>
    public string? RuntimeClass { get; init; }

    /// <summary>Rules for the agent-sandbox project.</summary>
    public JsonObject? AgentSandboxPolicy { get; init; }
}

/// <summary>What agent pods may reach.</summary>
public sealed record NetworkPolicySpec
{
    /// <summary>Whether pods reach only the control plane and what is listed here; default true.</summary>
    public bool? DenyAll { get; init; }

    /// <summary>Whether name resolution is allowed; default true.</summary>
    [JsonPropertyName("allowDNS")]
    public bool? AllowDns { get; init; }

    /// <summary>Whether the event bus is allowed; default true.</summary>
    public bool? AllowEventBus { get; init; }

    /// <summary>Further destinations.</summary>
    public IReadOnlyList<EgressSpec>? AllowedEgress { get; init; }
}

/// <summary>A destination.</summary>
public sealed record EgressSpec
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Port; default all.</summary>
    public int? Port { get; init; }
}

/// <summary>What became of a policy.</summary>
public sealed record PolicyStatus
{
    /// <summary>Instances that name this policy.</summary>
    public int? BoundInstances { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
