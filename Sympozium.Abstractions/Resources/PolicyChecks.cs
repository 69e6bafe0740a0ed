using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of SympoziumPolicy and SympoziumConfig that a schema cannot say. Each adds every problem it finds.</summary>
internal static class PolicyChecks
{
    private const int MostPrices = 500;
    private const long HighestPrice = 1_000_000_000;

    public static void Policy(PolicySpec spec, ICollection<ResourceProblem> problems)
    {
        CheckTools(spec, problems);
        CheckSandbox(spec.SandboxPolicy, problems);
        CheckAtLeast("spec.subagentPolicy.maxDepth", spec.SubagentPolicy?.MaxDepth, 0, problems);
        CheckAtLeast("spec.subagentPolicy.maxConcurrent", spec.SubagentPolicy?.MaxConcurrent, 0, problems);
        CheckAtLeast("spec.budgets.maxTokensPerRun", spec.Budgets?.MaxTokensPerRun, 1, problems);
        CheckAtLeast("spec.budgets.maxModelCallsPerRun", spec.Budgets?.MaxModelCallsPerRun, 1, problems);
        FieldChecks.Duration("spec.budgets.maxRunDuration", spec.Budgets?.MaxRunDuration, problems);
        CheckEgress(spec.NetworkPolicy?.AllowedEgress ?? [], problems);
        CheckEntries("spec.modelPolicy.allowedModels", spec.ModelPolicy?.AllowedModels, problems);
        CheckEntries("spec.modelPolicy.allowedNamespaces", spec.ModelPolicy?.AllowedNamespaces, problems);
        CheckEntries("spec.imagePolicy.allowedRegistries", spec.ImagePolicy?.AllowedRegistries, problems);
        CheckEntries("spec.lifecyclePolicy.deniedResources", spec.LifecyclePolicy?.DeniedResources, problems);
    }

    public static void Config(ConfigSpec spec, ICollection<ResourceProblem> problems)
    {
        FieldChecks.Duration("spec.canary.interval", spec.Canary?.Interval, problems);
        FieldChecks.Url("spec.canary.baseURL", spec.Canary?.BaseUrl, problems);
        if (spec.PolicyRef is { } policy && (policy.Length == 0 || policy.Count(c => c == '/') > 1 || policy.StartsWith('/') || policy.EndsWith('/')))
        {
            problems.Add(new("spec.policyRef", $"'{policy}' is neither a policy's name nor namespace/name"));
        }

        IReadOnlyList<ConfigPriceSpec> prices = spec.Pricing?.SimulatedPrices ?? [];
        if (prices.Count > MostPrices)
        {
            problems.Add(new("spec.pricing.simulatedPrices", $"has {prices.Count} prices; at most {MostPrices} are read"));
        }

        for (int i = 0; i < prices.Count; i++)
        {
            CheckPrice($"spec.pricing.simulatedPrices[{i}].inputPerMTokMicro", prices[i].InputPerMTokMicro, problems);
            CheckPrice($"spec.pricing.simulatedPrices[{i}].outputPerMTokMicro", prices[i].OutputPerMTokMicro, problems);
        }
    }

    private static void CheckTools(PolicySpec spec, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<ToolRuleSpec> rules = spec.ToolGating?.Rules ?? [];
        FieldChecks.ToolNames("spec.toolGating.rules", rules.Select(rule => rule.Tool), problems);
        FieldChecks.ToolNames("spec.requireApproval", spec.RequireApproval, problems);
        FieldChecks.ToolNames("spec.allowedTools", spec.AllowedTools, problems);
        foreach (string tool in rules.GroupBy(rule => rule.Tool).Where(group => group.Select(rule => rule.Action).Distinct().Count() > 1).Select(group => group.Key))
        {
            problems.Add(new("spec.toolGating.rules", $"has several rules with different actions for the tool '{tool}'; keep one"));
        }

        foreach (ToolRuleSpec rule in rules)
        {
            if (rule.Action is "deny" && (spec.AllowedTools ?? []).Contains(rule.Tool))
            {
                problems.Add(new("spec.allowedTools", $"allows the tool '{rule.Tool}', which spec.toolGating.rules denies; keep one of them"));
            }

            if (rule.Action is "allow" or "deny" && (spec.RequireApproval ?? []).Contains(rule.Tool))
            {
                problems.Add(new("spec.requireApproval", $"asks for the tool '{rule.Tool}', for which spec.toolGating.rules says {rule.Action}; keep one of them"));
            }
        }
    }

    private static void CheckSandbox(SandboxPolicySpec? sandbox, ICollection<ResourceProblem> problems)
    {
        CheckQuantity("spec.sandboxPolicy.maxCPU", sandbox?.MaxCpu, problems);
        CheckQuantity("spec.sandboxPolicy.maxMemory", sandbox?.MaxMemory, problems);
        CheckEntries("spec.sandboxPolicy.agentSandboxPolicy.allowedRuntimeClasses", sandbox?.AgentSandboxPolicy?.AllowedRuntimeClasses, problems);
        if (sandbox?.AgentSandboxPolicy is { DefaultRuntimeClass: { } used, AllowedRuntimeClasses: { Count: > 0 } allowed } && !allowed.Contains(used))
        {
            problems.Add(new("spec.sandboxPolicy.agentSandboxPolicy.defaultRuntimeClass", $"'{used}' is not among allowedRuntimeClasses ({string.Join(", ", allowed)})"));
        }
    }

    private static void CheckEgress(IReadOnlyList<EgressSpec> egress, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < egress.Count; i++)
        {
            if (egress[i].Host.Length == 0 || egress[i].Host.Any(c => char.IsWhiteSpace(c)) || egress[i].Host.Contains("://", StringComparison.Ordinal))
            {
                problems.Add(new($"spec.networkPolicy.allowedEgress[{i}].host", $"'{egress[i].Host}' is not a host name or address; leave out the scheme"));
            }

            if (egress[i].Port is < 1 or > 65535)
            {
                problems.Add(new($"spec.networkPolicy.allowedEgress[{i}].port", $"{egress[i].Port} is not a port; 1 to 65535 are"));
            }
        }
    }

    private static void CheckEntries(string path, IReadOnlyList<string>? entries, ICollection<ResourceProblem> problems)
    {
        for (int i = 0; i < (entries?.Count ?? 0); i++)
        {
            if (string.IsNullOrWhiteSpace(entries![i]) || entries[i].Contains("://", StringComparison.Ordinal))
            {
                problems.Add(new($"{path}[{i}]", $"'{entries[i]}' must be a name: neither empty nor with a scheme"));
            }
        }
    }

    private static void CheckQuantity(string path, JsonNode? value, ICollection<ResourceProblem> problems)
    {
        if (value is null)
        {
            return;
        }

        string? text = QuantityText(value);
        if (text is null || !Quantity.TryParse(text, out Quantity amount))
        {
            problems.Add(new(path, $"{value.ToJsonString()} is not a quantity; write it like 500m, 2 or 4Gi"));
        }
        else if (amount.Nanos.Sign <= 0)
        {
            problems.Add(new(path, $"'{text}' must be more than zero"));
        }
    }

    /// <summary>The text of a quantity, which may be written as a number; null when it is neither.</summary>
    internal static string? QuantityText(JsonNode? value) => value switch
    {
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => number.ToJsonString(),
        _ => value.AsText(),
    };

    private static void CheckAtLeast(string path, long? value, long least, ICollection<ResourceProblem> problems)
    {
        if (value < least)
        {
            problems.Add(new(path, $"{value} is too small; at least {least}"));
        }
    }

    private static void CheckPrice(string path, long? price, ICollection<ResourceProblem> problems)
    {
        if (price is < 1 or > HighestPrice)
        {
            problems.Add(new(path, $"{price} is not a price in millionths of a dollar; 1 to {HighestPrice} are"));
        }
    }
}
