namespace Sympozium.Abstractions.Policies;

/// <summary>What policies say of a run or instance.</summary>
/// <param name="Violations">Everything that is refused; empty when it is allowed.</param>
/// <param name="Warnings">What its owner should know though it is allowed.</param>
public sealed record PolicyVerdict(IReadOnlyList<PolicyViolation> Violations, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether nothing is refused.</summary>
    public bool IsAllowed => Violations.Count == 0;
}
