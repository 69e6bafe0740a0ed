namespace Sympozium.Abstractions.Policies;

/// <summary>What one policy or run says of tools: rules, and what happens to a tool that no rule matches.</summary>
/// <param name="By">Who says so.</param>
/// <param name="Default">What happens without a rule.</param>
/// <param name="DefaultRule">Field that says so.</param>
/// <param name="Rules">The rules, in any order.</param>
public sealed record ToolLayer(string By, ToolAction Default, string DefaultRule, IReadOnlyList<ToolRule> Rules)
{
    /// <summary>The most precise rule that matches, of equally precise ones the strictest, else the default.</summary>
    public ToolDecision Decide(string tool)
    {
        ToolRule? best = null;
        int precision = -1;
        foreach (ToolRule rule in Rules)
        {
            int found = NamePattern.Precision(rule.Tool);
            if (found >= precision && NamePattern.Matches(rule.Tool, tool) && (found > precision || rule.Action > best!.Value.Action))
            {
                (best, precision) = (rule, found);
            }
        }

        return best is { } decided ? new ToolDecision(decided.Action, By, decided.Rule) : new ToolDecision(Default, By, DefaultRule);
    }

    /// <inheritdoc/>
    public bool Equals(ToolLayer? other) =>
        other is not null && By == other.By && Default == other.Default && DefaultRule == other.DefaultRule && Rules.SequenceEqual(other.Rules);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(By, Default, Rules.Count);

    /// <summary>All that decides, for comparison and for people.</summary>
    public override string ToString() =>
        $"{By}: {string.Join(", ", Rules.Select(rule => $"{rule.Tool} {Word(rule.Action)}").Append($"else {Word(Default)}"))}";

    internal static string Word(ToolAction action) => action switch
    {
        ToolAction.Allow => "allow",
        ToolAction.Ask => "ask",
        _ => "deny",
    };
}
