using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>The policies that hold, together. While one is missing or cannot be read nothing is allowed.</summary>
/// <param name="Effective">All that could be read.</param>
/// <param name="Missing">References to policies that do not exist.</param>
/// <param name="Unreadable">Policies that contradict themselves.</param>
public sealed record PolicyResolution(EffectivePolicy Effective, IReadOnlyList<ResourceProblem> Missing, IReadOnlyList<ResourceProblem> Unreadable)
{
    /// <summary>Whether <see cref="Effective"/> is all there is.</summary>
    public bool IsComplete => Missing.Count == 0 && Unreadable.Count == 0;

    /// <summary>What stands in the way, each with its place.</summary>
    public IEnumerable<ResourceProblem> Problems => Missing.Concat(Unreadable);

    /// <summary>Combines what was found.</summary>
    public static PolicyResolution Of(IReadOnlyList<PolicyReference> references)
    {
        EffectivePolicy effective = EffectivePolicy.None;
        var missing = new List<ResourceProblem>();
        var unreadable = new List<ResourceProblem>();
        foreach (PolicyReference reference in references)
        {
            ResourceKey key = reference.Source.Policy;
            if (reference.Policy is null)
            {
                missing.Add(new(reference.NamedAt, $"no SympoziumPolicy '{key.Name}' exists in namespace '{key.Namespace}'; nothing runs until it does or the reference is removed"));
                continue;
            }

            var problems = new List<ResourceProblem>();
            PolicySpec? policy = ResourceReader.Policy(reference.Policy, problems);
            unreadable.AddRange(problems.Select(problem => new ResourceProblem($"policy '{key}', {problem.Path}", problem.Message)));
            if (policy is not null && problems.Count == 0)
            {
                effective = effective.Tighten(PolicyRules.Of(policy, reference.Source));
            }
        }

        return new PolicyResolution(effective, missing, unreadable);
    }
}
