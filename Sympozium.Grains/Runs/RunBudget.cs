using System.Globalization;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>
/// What a run may use up. Asked before each model call with what the earlier calls used, as the broker counted it: a call that is
/// under way is never cut, so a run can exceed a budget of tokens by its last calls.
/// </summary>
internal static class RunBudget
{
    /// <summary>Why the run may not go on; null when it may.</summary>
    public static string? Exceeded(RunPlan plan, TokenUsage used)
    {
        if (plan.MaxTokens is { } tokens && used.TotalTokens >= tokens.Value)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the run used {used.TotalTokens} tokens, and {tokens.By} allows {tokens.Value}");
        }

        return plan.MaxModelCalls is { } calls && used.ModelCalls >= calls.Value
            ? string.Create(CultureInfo.InvariantCulture, $"the run made {used.ModelCalls} model calls, and {calls.By} allows {calls.Value}")
            : null;
    }
}
