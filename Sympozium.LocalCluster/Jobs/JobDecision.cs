namespace Sympozium.LocalCluster.Jobs;

/// <summary>A pod to create.</summary>
/// <param name="Index">Its completion index; null in a Job without indexes.</param>
/// <param name="Failures">What its index has behind it.</param>
internal sealed record JobPodRequest(int? Index, IndexFailures Failures);

/// <summary>What a Job needs next.</summary>
internal sealed record JobDecision
{
    /// <summary>Pods to create.</summary>
    public IReadOnlyList<JobPodRequest> Create { get; init; } = [];

    /// <summary>Pods to delete.</summary>
    public IReadOnlyList<JobPod> Delete { get; init; } = [];

    /// <summary>Conditions that come to hold, in this order.</summary>
    public IReadOnlyList<JobCondition> Conditions { get; init; } = [];

    /// <summary>Whether the Job is done, either way.</summary>
    public bool Finished { get; init; }

    /// <summary>Whether the Job has failed: pods that are deleted now count as failed.</summary>
    public bool Failing { get; init; }

    /// <summary>Whether its time to live is over.</summary>
    public bool Expired { get; init; }

    /// <summary>When to look again although nothing happened.</summary>
    public DateTimeOffset? WakeAt { get; init; }
}
