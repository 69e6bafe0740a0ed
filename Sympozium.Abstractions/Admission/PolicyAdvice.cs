using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>What the author of a policy should know: fields that mean nothing, that loosen its template, or that this version cannot keep.</summary>
internal static class PolicyAdvice
{
    public static IEnumerable<string> Of(PolicySpec policy)
    {
        foreach (string gate in (policy.FeatureGates ?? new Dictionary<string, bool>()).Keys.Except(Features.Names).Order(StringComparer.Ordinal))
        {
            yield return $"spec.featureGates.{gate}: no feature has this name, so it changes nothing; known are {string.Join(", ", Features.Names)}";
        }

        PolicySpec? template = PolicyTemplate.Expand(policy.Template);
        if (template is not null)
        {
            foreach (string loosened in Loosened(policy, template))
            {
                yield return $"spec.{loosened} is looser than the template {policy.Template}; the field holds";
            }
        }

        if (Asks(policy))
        {
            yield return "calls of tools that need an approval are refused: this version cannot ask for one";
        }
    }

    private static IEnumerable<string> Loosened(PolicySpec policy, PolicySpec template)
    {
        if (policy.ToolGating?.DefaultAction is string action && ToolGate.Action(action) < ToolGate.Action(template.ToolGating?.DefaultAction))
        {
            yield return "toolGating.defaultAction";
        }

        if (policy.SandboxPolicy?.Required is false && template.SandboxPolicy?.Required is true)
        {
            yield return "sandboxPolicy.required";
        }

        if (policy.NetworkPolicy?.DenyAll is false && template.NetworkPolicy?.DenyAll is true)
        {
            yield return "networkPolicy.denyAll";
        }
    }

    private static bool Asks(PolicySpec policy) =>
        PolicyRules.Of(policy, new PolicySource(PolicyOrigin.Instance, default)).Tools is { } tools
        && (tools.Default == ToolAction.Ask || tools.Mentioned(ToolAction.Ask).Count > 0);
}
