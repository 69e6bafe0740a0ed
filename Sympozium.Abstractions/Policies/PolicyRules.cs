using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>Pure: one SympoziumPolicy → the rules that it and its template make.</summary>
public static class PolicyRules
{
    private const int ChildDepth = 3;
    private const int ChildrenAtOnce = 5;

    /// <summary>The rules of a policy that has no problems.</summary>
    public static EffectivePolicy Of(PolicySpec policy, PolicySource source)
    {
        PolicySpec? template = PolicyTemplate.Expand(policy.Template);
        Namer name = new(policy, source);
        EffectivePolicy rules = Sandbox(policy.SandboxPolicy ?? new SandboxPolicySpec(), template?.SandboxPolicy, name, new EffectivePolicy()) with
        {
            Tools = ToolGate.Open.Tighten(new ToolGate([Tools(policy, template, source), .. Features.Layers(policy.FeatureGates, source)])),
            ClosedFeatures = [.. (policy.FeatureGates ?? new Dictionary<string, bool>()).Where(gate => !gate.Value).Select(gate => gate.Key).Order(StringComparer.Ordinal)
                .Select(name => new Ruled<string>(name, $"spec.featureGates.{name}", source))],
            Network = [Network(policy, template, source)],
        };
        return Lists(policy, source, Limits(policy, template, name, rules));
    }

    private static ToolLayer Tools(PolicySpec policy, PolicySpec? template, PolicySource source)
    {
        // What stands later replaces what stands earlier for the same name or pattern.
        var rules = new Dictionary<string, ToolRule>(StringComparer.Ordinal);
        void Add(string tool, string action, string rule)
        {
            foreach (string name in ToolGate.Names([tool]))
            {
                rules[name] = new ToolRule(name, ToolGate.Action(action), rule);
            }
        }

        foreach (ToolRuleSpec rule in template?.ToolGating?.Rules ?? [])
        {
            Add(rule.Tool, rule.Action, TemplateRule(policy));
        }

        Each(policy.AllowedTools, (tool, i) => Add(tool, "allow", $"spec.allowedTools[{i}]"));
        Each(policy.RequireApproval, (tool, i) => Add(tool, "ask", $"spec.requireApproval[{i}]"));
        Each(policy.ToolGating?.Rules, (rule, i) => Add(rule.Tool, rule.Action, $"spec.toolGating.rules[{i}]"));
        (string action, string by) = policy switch
        {
            { ToolGating.DefaultAction: string said } => (said, "spec.toolGating.defaultAction"),
            { AllowedTools.Count: > 0 } => ("deny", "spec.allowedTools"),
            _ when template?.ToolGating?.DefaultAction is string said => (said, TemplateRule(policy)),
            _ => ("allow", "spec.toolGating.defaultAction"),
        };
        return new ToolLayer(source.ToString(), ToolGate.Action(action), by, [.. rules.Values.OrderBy(rule => rule.Tool, StringComparer.Ordinal)]);
    }

    private static EffectivePolicy Sandbox(SandboxPolicySpec own, SandboxPolicySpec? template, Namer name, EffectivePolicy rules)
    {
        AgentSandboxPolicySpec agent = own.AgentSandboxPolicy ?? new AgentSandboxPolicySpec();
        return rules with
        {
            SandboxRequired = OnlyTrue(name.Chosen(own.Required, template?.Required, "sandboxPolicy.required")),
            DefaultImage = name.Own(own.DefaultImage, "sandboxPolicy.defaultImage"),
            // A policy that spells out "not required" keeps a runtime class only as a note.
            RuntimeClasses = own.Required is false ? [] : Listed(name.Own(own.RuntimeClass, "sandboxPolicy.runtimeClass")),
            MaxCpu = Amount(own.MaxCpu, "sandboxPolicy.maxCPU", name),
            MaxMemory = Amount(own.MaxMemory, "sandboxPolicy.maxMemory", name),
            HostMountsDenied = own.AllowHostMounts is true ? null : name.Rule(true, "sandboxPolicy.allowHostMounts", true),
            SeccompProfiles = Listed(name.ChosenText(own.SeccompProfile?.Type, template?.SeccompProfile?.Type, "sandboxPolicy.seccompProfile.type")),
            AgentSandboxRequired = OnlyTrue(name.Chosen(agent.Required, null, "sandboxPolicy.agentSandboxPolicy.required")),
            DefaultAgentRuntimeClass = name.Own(agent.DefaultRuntimeClass, "sandboxPolicy.agentSandboxPolicy.defaultRuntimeClass"),
            AgentRuntimeClasses = List(agent.AllowedRuntimeClasses, "spec.sandboxPolicy.agentSandboxPolicy.allowedRuntimeClasses", name.Source),
        };
    }

    private static EffectivePolicy Limits(PolicySpec policy, PolicySpec? template, Namer name, EffectivePolicy rules)
    {
        // As the CRD says: a subagentPolicy that leaves one of the two out has its default.
        SubagentPolicySpec? children = policy.SubagentPolicy is { } own
            ? new SubagentPolicySpec { MaxDepth = own.MaxDepth ?? ChildDepth, MaxConcurrent = own.MaxConcurrent ?? ChildrenAtOnce }
            : null;
        BudgetsSpec budgets = policy.Budgets ?? new BudgetsSpec();
        return rules with
        {
            MaxDepth = name.Chosen(children?.MaxDepth, template?.SubagentPolicy?.MaxDepth, "subagentPolicy.maxDepth"),
            MaxConcurrent = name.Chosen(children?.MaxConcurrent, template?.SubagentPolicy?.MaxConcurrent, "subagentPolicy.maxConcurrent"),
            MaxTokens = name.Chosen(budgets.MaxTokensPerRun, null, "budgets.maxTokensPerRun"),
            MaxModelCalls = name.Chosen(budgets.MaxModelCallsPerRun, null, "budgets.maxModelCallsPerRun"),
            MaxDuration = GoDuration.TryParse(budgets.MaxRunDuration, out TimeSpan longest) ? name.Rule(longest, "budgets.maxRunDuration", true) : null,
        };
    }

    private static EffectivePolicy Lists(PolicySpec policy, PolicySource source, EffectivePolicy rules) => rules with
    {
        Models = List(policy.ModelPolicy?.AllowedModels, "spec.modelPolicy.allowedModels", source),
        ModelNamespaces = List(policy.ModelPolicy?.AllowedNamespaces, "spec.modelPolicy.allowedNamespaces", source),
        Registries = List(policy.ImagePolicy?.AllowedRegistries, "spec.imagePolicy.allowedRegistries", source),
        DeniedResources = [.. (policy.LifecyclePolicy?.DeniedResources ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(resource => new Ruled<string>(resource, "spec.lifecyclePolicy.deniedResources", source))],
    };

    private static Ruled<NetworkRule> Network(PolicySpec policy, PolicySpec? template, PolicySource source)
    {
        // Naming any field of networkPolicy takes the whole of it from the template: the closed network is its default.
        NetworkPolicySpec? network = policy.NetworkPolicy ?? template?.NetworkPolicy;
        return new Ruled<NetworkRule>(
            new NetworkRule(network?.DenyAll is false, network?.AllowedEgress ?? [], network?.AllowDns ?? true, network?.AllowEventBus ?? true),
            policy.NetworkPolicy is null && template is not null ? TemplateRule(policy) : "spec.networkPolicy",
            source);
    }

    private static Ruled<Quantity>? Amount(System.Text.Json.Nodes.JsonNode? value, string field, Namer name) =>
        PolicyChecks.QuantityText(value) is string text && Quantity.TryParse(text, out Quantity amount) ? name.Rule(amount, field, true) : null;

    /// <summary>An empty list means all, as an absent one does.</summary>
    private static IReadOnlyList<Ruled<NameList>> List(IReadOnlyList<string>? names, string rule, PolicySource source) =>
        names is { Count: > 0 } ? [new Ruled<NameList>(new NameList([.. names]), rule, source)] : [];

    private static string TemplateRule(PolicySpec policy) => $"spec.template {policy.Template}";

    private static void Each<T>(IReadOnlyList<T>? items, Action<T, int> take)
    {
        for (int i = 0; i < (items?.Count ?? 0); i++)
        {
            take(items![i], i);
        }
    }

    private static Ruled<bool>? OnlyTrue(Ruled<bool>? rule) => rule?.Value is true ? rule : null;

    private static IReadOnlyList<Ruled<string>> Listed(Ruled<string>? rule) => rule is null ? [] : [rule];

    /// <summary>Names the field of a policy, or its template where the policy itself is silent.</summary>
    private sealed record Namer(PolicySpec Policy, PolicySource Source)
    {
        public Ruled<T> Rule<T>(T value, string field, bool own) => new(value, own ? $"spec.{field}" : TemplateRule(Policy), Source);

        /// <summary>What the policy says, else what its template says, else nothing.</summary>
        public Ruled<T>? Chosen<T>(T? own, T? template, string field)
            where T : struct =>
            own is { } said ? Rule(said, field, true) : template is { } usual ? Rule(usual, field, false) : null;

        public Ruled<string>? ChosenText(string? own, string? template, string field) => Own(own, field) ?? (template is null ? null : Rule(template, field, false));

        public Ruled<string>? Own(string? value, string field) => string.IsNullOrEmpty(value) ? null : Rule(value, field, true);
    }
}
