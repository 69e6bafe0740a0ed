using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>What agents may do. An instance names its policy by spec.policyRef; a namespace and the cluster may name further ones, which can only tighten it.</summary>
public sealed record PolicySpec
{
    /// <summary>Starting point, which every other field overrides: Permissive allows all tools and the network, Default asks for execute_command, Restrictive denies every tool that is not allowed and requires a sandbox; both of the latter close the network.</summary>
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
    public SubagentPolicySpec? SubagentPolicy { get; init; }

    /// <summary>Features by name; false switches one off. Known are code-execution, file-access, web-access, browser-automation, sub-agents, memory, channels and schedules.</summary>
    public IReadOnlyDictionary<string, bool>? FeatureGates { get; init; }

    /// <summary>What agent pods may reach.</summary>
    public NetworkPolicySpec? NetworkPolicy { get; init; }

    /// <summary>Models that may be used.</summary>
    public ModelPolicySpec? ModelPolicy { get; init; }

    /// <summary>Registries that images may come from.</summary>
    public ImagePolicySpec? ImagePolicy { get; init; }

    /// <summary>What hooks may ask for.</summary>
    public LifecyclePolicySpec? LifecyclePolicy { get; init; }

    /// <summary>What one run may use up.</summary>
    public BudgetsSpec? Budgets { get; init; }
}

/// <summary>Which tools may be called.</summary>
public sealed record ToolGatingSpec
{
    /// <summary>What happens to a tool without a rule; default allow.</summary>
    [AllowedWords("allow", "deny", "ask")]
    public string? DefaultAction { get; init; }

    /// <summary>Rules by tool. A rule for a tool's full name wins over patterns, a longer pattern over a shorter one; of two that are equal the stricter one holds.</summary>
    public IReadOnlyList<ToolRuleSpec>? Rules { get; init; }
}

/// <summary>Rule for one tool, or for all that a pattern matches.</summary>
public sealed record ToolRuleSpec
{
    /// <summary>Name of the tool; * stands for any characters, as in mcp_*.</summary>
    public required string Tool { get; init; }

    /// <summary>What happens when it is called.</summary>
    [AllowedWords("allow", "deny", "ask")]
    public required string Action { get; init; }
}

/// <summary>Sandbox of agent pods.</summary>
public sealed record SandboxPolicySpec
{
    /// <summary>Whether agents must run in a sandbox. A run that does not say gets one; a run that declines it is refused.</summary>
    public bool? Required { get; init; }

    /// <summary>Image of the sandbox when the run names none.</summary>
    public string? DefaultImage { get; init; }

    /// <summary>Most CPU that a run may request or be limited to, as a Kubernetes quantity; also the limit of a run that names none.</summary>
    [Quantity]
    [JsonPropertyName("maxCPU")]
    public JsonNode? MaxCpu { get; init; }

    /// <summary>Most memory that a run may request or be limited to, as a Kubernetes quantity; also the limit of a run that names none.</summary>
    [Quantity]
    public JsonNode? MaxMemory { get; init; }

    /// <summary>Whether directories of the host may be mounted; default false.</summary>
    public bool? AllowHostMounts { get; init; }

    /// <summary>Seccomp profile of agent pods.</summary>
    public SeccompProfileSpec? SeccompProfile { get; init; }

    /// <summary>Runtime class of agent pods, for example gvisor.</summary>
    public string? RuntimeClass { get; init; }

    /// <summary>Rules for the agent-sandbox project.</summary>
    public AgentSandboxPolicySpec? AgentSandboxPolicy { get; init; }
}

/// <summary>A seccomp profile.</summary>
public sealed record SeccompProfileSpec
{
    /// <summary>Which profile.</summary>
    [AllowedWords("RuntimeDefault", "Localhost", "Unconfined")]
    public string? Type { get; init; }

    /// <summary>Profile on the node, for Localhost.</summary>
    public string? LocalhostProfile { get; init; }
}

/// <summary>Rules for the agent-sandbox project.</summary>
public sealed record AgentSandboxPolicySpec
{
    /// <summary>Whether runs must use agent-sandbox.</summary>
    public bool? Required { get; init; }

    /// <summary>Runtime class when the run names none.</summary>
    public string? DefaultRuntimeClass { get; init; }

    /// <summary>Runtime classes that may be named; empty means all.</summary>
    public IReadOnlyList<string>? AllowedRuntimeClasses { get; init; }
}

/// <summary>Limits of child runs.</summary>
public sealed record SubagentPolicySpec
{
    /// <summary>How deep a chain of runs may be; a child of a run that nobody started has depth 1. Default 3.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>How many children of one run may be alive at once. Default 5.</summary>
    public int? MaxConcurrent { get; init; }
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
    /// <summary>Host name or address; a leading *. stands for one or more labels.</summary>
    public required string Host { get; init; }

    /// <summary>Port; default all.</summary>
    [Range(1, 65_535)]
    public int? Port { get; init; }
}

/// <summary>Models that may be used.</summary>
public sealed record ModelPolicySpec
{
    /// <summary>Namespaces whose Model resources may be named by modelRef, besides the run's own; empty means all.</summary>
    public IReadOnlyList<string>? AllowedNamespaces { get; init; }

    /// <summary>Models by name or as provider/name; * stands for any characters. Empty means all.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }
}

/// <summary>Registries that images may come from.</summary>
public sealed record ImagePolicySpec
{
    /// <summary>Registries or repositories, for example ghcr.io/acme; an image matches one that is its beginning, by whole path segments. Empty means all.</summary>
    public IReadOnlyList<string>? AllowedRegistries { get; init; }
}

/// <summary>What hooks may ask for.</summary>
public sealed record LifecyclePolicySpec
{
    /// <summary>Kubernetes resources that hooks must not ask permissions for, for example secrets or deployments.apps.</summary>
    public IReadOnlyList<string>? DeniedResources { get; init; }
}

/// <summary>What one run may use up. A run that reaches a limit makes no further model call and ends as Failed.</summary>
public sealed record BudgetsSpec
{
    /// <summary>Most tokens, input and output together, as the broker counts them.</summary>
    public long? MaxTokensPerRun { get; init; }

    /// <summary>Most calls of a model.</summary>
    public int? MaxModelCallsPerRun { get; init; }

    /// <summary>Longest timeout of a run, as a Go duration; a run that names none gets at most this.</summary>
    public string? MaxRunDuration { get; init; }
}

/// <summary>What became of a policy.</summary>
public sealed record PolicyStatus
{
    /// <summary>Instances that name this policy.</summary>
    public int? BoundInstances { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
