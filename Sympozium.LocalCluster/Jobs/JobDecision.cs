namespace Sympozium.LocalCluster.Jobs;

/// <summary>What a Job needs next.</summary>
internal sealed record JobDecision
{
    /// <summary>How many pods to create.</summary>
    public int Create { get; init; }

    /// <summary>Pods to delete.</summary>
    public IReadOnlyList<JobPod> Delete { get; init; } = [];

    /// <summary>Conditions that come to hold, in this order.</summary>
    public IReadOnlyList<JobCondition> Conditions { get; init; } = [];

    /// <summary>Whether the Job is done, either way.</summary>
    public bool Finished { get; init; }

    /// <summary>Whether its time to live is over.</summary>
    public bool Expired { get; init; }

    /// <summary>When to look again although nothing happened.</summary>
    public DateTimeOffset? WakeAt { get; init; }
}
