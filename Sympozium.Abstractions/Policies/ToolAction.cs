namespace Sympozium.Abstractions.Policies;

/// <summary>What happens when a tool is called, from the loosest to the strictest.</summary>
public enum ToolAction
{
    /// <summary>It runs.</summary>
    Allow,

    /// <summary>It needs an approval.</summary>
    Ask,

    /// <summary>It is refused.</summary>
    Deny,
}

/// <summary>The action of a tool and the rule that decided it.</summary>
/// <param name="Action">What happens.</param>
/// <param name="By">Who says so, for example <c>policy 'team/strict' of the instance</c>; empty when nobody says anything.</param>
/// <param name="Rule">Field of that policy or run.</param>
public readonly record struct ToolDecision(ToolAction Action, string By, string Rule);

/// <summary>Rule for one tool, or for all that a pattern matches.</summary>
/// <param name="Tool">Name or pattern, see <see cref="NamePattern"/>.</param>
/// <param name="Action">What happens.</param>
/// <param name="Rule">Field that says so.</param>
public readonly record struct ToolRule(string Tool, ToolAction Action, string Rule);
