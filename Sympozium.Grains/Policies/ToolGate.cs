using Sympozium.Abstractions.Resources;

namespace Sympozium.Grains.Policies;

/// <summary>What a run may call: the policy's gating, narrowed by the run's own lists. Lists are sorted and without repetition.</summary>
public sealed record ToolGate(IReadOnlyList<string> Allow, IReadOnlyList<string> Deny, IReadOnlyList<string> Ask, string Default)
{
    private const string AllowAction = "allow";
    private const string DenyAction = "deny";
    private const string AskAction = "ask";
    private const string Restrictive = "Restrictive";

    /// <summary>Combines a policy (null: everything is allowed) with a run's lists. A run can only narrow.</summary>
    public static ToolGate Combine(PolicySpec? policy, ToolPolicySpec? run)
    {
        Dictionary<string, string> actions = Actions(policy);
        string fallback = Fallback(policy);
        string[] wanted = Sorted(Names(run?.Allow));
        string[] denied = Sorted([.. Having(actions, DenyAction), .. Names(run?.Deny)]);
        string[] asked = Sorted(Having(actions, AskAction).Where(tool => wanted.Length == 0 || wanted.Contains(tool)).Except(denied));

        if (wanted.Length > 0)
        {
            // The run's allow list names all that remains; a tool the policy leaves to its fallback keeps that fate.
            string[] admitted = Sorted(wanted.Where(tool => actions.GetValueOrDefault(tool, fallback) == AllowAction).Except(denied));
            string[] askedToo = Sorted([.. asked, .. wanted.Where(tool => actions.GetValueOrDefault(tool, fallback) == AskAction).Except(denied)]);
            return new ToolGate(admitted, denied, askedToo, DenyAction);
        }

        string[] allowed = fallback == AllowAction ? [] : Sorted(Having(actions, AllowAction).Except(denied));
        return new ToolGate(allowed, denied, asked, fallback);
    }

    private static Dictionary<string, string> Actions(PolicySpec? policy)
    {
        var actions = new Dictionary<string, string>(StringComparer.Ordinal);
        if (policy?.Template == "Default")
        {
            actions["execute_command"] = AskAction;
        }

        foreach (string tool in Names(policy?.AllowedTools))
        {
            actions[tool] = AllowAction;
        }

        foreach (string tool in Names(policy?.RequireApproval))
        {
            actions[tool] = AskAction;
        }

        foreach (ToolRuleSpec rule in policy?.ToolGating?.Rules ?? [])
        {
            foreach (string tool in Names([rule.Tool]))
            {
                actions[tool] = rule.Action;
            }
        }

        return actions;
    }

    private static string Fallback(PolicySpec? policy) => policy switch
    {
        { ToolGating.DefaultAction: string action } => action,
        { Template: Restrictive } => DenyAction,
        { AllowedTools.Count: > 0 } => DenyAction,
        _ => AllowAction,
    };

    private static IEnumerable<string> Having(Dictionary<string, string> actions, string action) =>
        actions.Where(pair => pair.Value == action).Select(pair => pair.Key);

    private static string[] Sorted(IEnumerable<string> tools) =>
        [.. tools.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>
    /// The lists reach the agent separated by commas, so a comma inside a name counts as one here too: else "execute_command,x" in a
    /// run's list would be an unknown tool to this class and execute_command to the agent.
    /// </summary>
    private static IEnumerable<string> Names(IEnumerable<string>? tools) =>
        (tools ?? []).SelectMany(tool => tool.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
