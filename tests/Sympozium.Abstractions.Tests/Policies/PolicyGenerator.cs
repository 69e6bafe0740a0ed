using System.Text.Json.Nodes;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Policies;

/// <summary>Random policies and subjects over a small vocabulary, so that they meet often; the same for a seed.</summary>
internal sealed class PolicyGenerator(int seed)
{
    public static readonly string[] Tools = ["read_file", "write_file", "execute_command", "fetch_url", "mcp_a", "mcp_b", "memory_search"];

    private static readonly string[] Patterns = [.. Tools, "mcp_*", "*_file", "*", "memory_*"];
    private static readonly string[] Actions = ["allow", "deny", "ask"];
    private static readonly string[] Models = ["gpt-4o", "gpt-5", "claude"];
    private static readonly string[] ModelPatterns = [.. Models, "openai/*", "gpt-*", "*"];
    private static readonly string[] Registries = ["ghcr.io/acme", "ghcr.io", "quay.io/x", "docker.io"];
    private static readonly string[] Images = ["ghcr.io/acme/a:1", "ghcr.io/other/b", "quay.io/x/y", "busybox"];
    private static readonly string[] Resources = ["secrets", "pods", "deployments.apps"];
    private static readonly string[] Classes = ["gvisor", "kata"];
    private static readonly string[] Profiles = ["RuntimeDefault", "Localhost", "Unconfined"];
    private static readonly string[] Durations = ["5m", "30m", "2h"];
    private static readonly string[] Amounts = ["500m", "1", "2", "4Gi"];
    private static readonly string[] Hosts = ["a.example", "*.example", "10.0.0.1"];

    private readonly Random _random = new(seed);
    private int _next;

    public int Number(int limit) => _random.Next(limit);

    /// <summary>Several policies together.</summary>
    public EffectivePolicy Layers(int count) => Enumerable.Range(0, count).Aggregate(EffectivePolicy.None, (policy, origin) => policy.Tighten(Layer(origin)));

    /// <summary>One policy, as that of the instance, the namespace or the cluster.</summary>
    public EffectivePolicy Layer(int origin) => PolicyRules.Of(Policy(), new PolicySource((PolicyOrigin)origin, new ResourceKey("team", $"p{_next++}")));

    public ToolPolicySpec ToolPolicy() => new() { Allow = Some(Patterns), Deny = Some(Patterns) };

    public PolicySubject Subject() => new()
    {
        Tools = [.. Some(Tools, 4).Select((tool, i) => new Stated<string>(tool, $"tools[{i}]"))],
        Sandbox = Maybe(4) ? new Stated<bool>(Maybe(2), "sandbox") : null,
        AgentSandbox = Maybe(4) ? new Stated<bool>(Maybe(2), "agentSandbox") : null,
        AgentRuntimeClass = Maybe(4) ? new Stated<string>(One(Classes), "runtimeClass") : null,
        Cpu = Maybe(4) ? [new Stated<string>(One(Amounts), "cpu")] : [],
        Memory = Maybe(4) ? [new Stated<string>(One(Amounts), "memory")] : [],
        SeccompProfile = Maybe(6) ? new Stated<string>(One(Profiles), "seccomp") : null,
        HostMounts = Maybe(6) ? [new Stated<string>("/var", "mount")] : [],
        SandboxImage = Maybe(4) ? new Stated<string>(One(Images), "image") : null,
        Images = [.. Some(Images, 6).Select((image, i) => new Stated<string>(image, $"images[{i}]"))],
        HookResources = [.. Some([.. Resources, "*.*"], 6).Select((resource, i) => new Stated<string>(resource, $"rbac[{i}]"))],
        Depth = Maybe(4) ? new Stated<int>(_random.Next(1, 5), "depth") : null,
        LiveSiblings = _random.Next(4),
        Model = new Stated<string>(One(Models), "model"),
        Provider = Maybe(2) ? "openai" : "other",
        ModelNamespace = Maybe(6) ? new Stated<string>(Maybe(2) ? "models" : "lab", "modelRef") : null,
        Timeout = Maybe(3) ? new Stated<string>(One(Durations), "timeout") : null,
    };

    private PolicySpec Policy() => Surroundings(new PolicySpec
    {
        Template = Maybe(2) ? One(["Permissive", "Default", "Restrictive"]) : null,
        AllowedTools = Maybe(4) ? Some(Patterns) : null,
        RequireApproval = Maybe(4) ? Some(Patterns) : null,
        ToolGating = Maybe(2) ? new ToolGatingSpec { DefaultAction = Maybe(2) ? One(Actions) : null, Rules = [.. Some(Patterns).Select(tool => new ToolRuleSpec { Tool = tool, Action = One(Actions) })] } : null,
        SandboxPolicy = Maybe(2) ? Sandbox() : null,
        SubagentPolicy = Maybe(3) ? new SubagentPolicySpec { MaxDepth = Maybe(2) ? _random.Next(4) : null, MaxConcurrent = Maybe(2) ? _random.Next(4) : null } : null,
    });

    private PolicySpec Surroundings(PolicySpec policy) => policy with
    {
        FeatureGates = Maybe(4) ? Features.Names.Where(_ => Maybe(3)).ToDictionary(name => name, _ => Maybe(2)) : null,
        NetworkPolicy = Maybe(3) ? new NetworkPolicySpec { DenyAll = Maybe(2), AllowedEgress = [.. Some(Hosts).Select(host => new EgressSpec { Host = host, Port = Maybe(2) ? 443 : null })] } : null,
        ModelPolicy = Maybe(3) ? new ModelPolicySpec { AllowedModels = Some(ModelPatterns, 2), AllowedNamespaces = Maybe(3) ? ["models"] : null } : null,
        ImagePolicy = Maybe(4) ? new ImagePolicySpec { AllowedRegistries = Some(Registries, 2) } : null,
        LifecyclePolicy = Maybe(4) ? new LifecyclePolicySpec { DeniedResources = Some(Resources) } : null,
        Budgets = Maybe(3) ? new BudgetsSpec { MaxRunDuration = One(Durations), MaxTokensPerRun = Maybe(2) ? _random.Next(1, 9) : null } : null,
    };

    private SandboxPolicySpec Sandbox() => new()
    {
        Required = Maybe(2) ? Maybe(2) : null,
        DefaultImage = Maybe(4) ? One(Images) : null,
        MaxCpu = Maybe(3) ? JsonValue.Create(One(Amounts)) : null,
        MaxMemory = Maybe(3) ? JsonValue.Create(One(Amounts)) : null,
        AllowHostMounts = Maybe(2) ? Maybe(2) : null,
        SeccompProfile = Maybe(6) ? new SeccompProfileSpec { Type = One(Profiles) } : null,
        RuntimeClass = Maybe(6) ? One(Classes) : null,
        AgentSandboxPolicy = Maybe(4) ? new AgentSandboxPolicySpec { Required = Maybe(3), AllowedRuntimeClasses = Some(Classes, 2) } : null,
    };

    private bool Maybe(int oneIn) => _random.Next(oneIn) == 0;

    private string One(string[] words) => words[_random.Next(words.Length)];

    private string[] Some(string[] words, int oneIn = 3) => [.. words.Where(_ => Maybe(oneIn))];
}
