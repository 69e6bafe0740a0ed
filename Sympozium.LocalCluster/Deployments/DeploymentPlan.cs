namespace Sympozium.LocalCluster.Deployments;

/// <summary>The next step of a Deployment.</summary>
internal sealed record DeploymentPlan
{
    /// <summary>All its ReplicaSets, as they shall be.</summary>
    public required IReadOnlyList<RolloutSet> Sets { get; init; }

    public required DeploymentStatus Status { get; init; }

    /// <summary>Number of the present revision; null when the Deployment shows it already, or has none.</summary>
    public string? Revision { get; init; }

    /// <summary>When to look again although nothing happened.</summary>
    public TimeSpan? WakeAfter { get; init; }
}
