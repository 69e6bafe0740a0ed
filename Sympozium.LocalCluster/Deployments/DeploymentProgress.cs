namespace Sympozium.LocalCluster.Deployments;

/// <summary>What a Deployment's status says of its pods and of the progress of a rollout.</summary>
internal static class DeploymentProgress
{
    public const string TimedOut = "ProgressDeadlineExceeded";
    private const string Finished = "NewReplicaSetAvailable";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Every wanted pod is of the present template and available, and the latest wishes are known.</summary>
    public static bool IsComplete(DeploymentFacts deployment, DeploymentStatus status) =>
        status.Updated == deployment.Replicas && status.Replicas == deployment.Replicas && status.Available == deployment.Replicas
        && status.ObservedGeneration >= deployment.Generation;

    /// <summary>The counts, and whether enough pods are available.</summary>
    public static DeploymentStatus Count(DeploymentFacts deployment, DeploymentStatus before, IEnumerable<RolloutSet> all, RolloutSet? current, DateTimeOffset now)
    {
        List<RolloutSet> sets = [.. all];
        int available = sets.Sum(set => set.Available);
        DeploymentStatus status = before with
        {
            ObservedGeneration = deployment.Generation,
            Replicas = sets.Sum(set => set.Seen),
            Updated = current?.Seen ?? 0,
            Ready = sets.Sum(set => set.Stored?.Ready ?? 0),
            Available = available,
            Unavailable = Math.Max(0, sets.Sum(set => set.Replicas) - available),
            Terminating = sets.Sum(set => set.Stored?.Terminating ?? 0),
        };
        return available >= deployment.Replicas - deployment.MaxUnavailable
            ? status.With(DeploymentCondition.Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
            : status.With(DeploymentCondition.Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);
    }

    /// <summary>The counts, and how a rollout goes.</summary>
    public static DeploymentStatus Report(DeploymentFacts deployment, DeploymentStatus before, IEnumerable<RolloutSet> all, RolloutSet? current, DateTimeOffset now)
    {
        List<RolloutSet> sets = [.. all];
        DeploymentStatus status = Count(deployment, before, sets, current, now);
        status = deployment.ProgressDeadline is null ? status.Without(DeploymentCondition.Progressing) : Progress(deployment, before, status, current, now);
        (string Reason, string Message)? failure = current?.Stored?.Failure ?? sets.Select(set => set.Stored?.Failure).FirstOrDefault(why => why is not null);
        return failure is { } why
            ? status.With(DeploymentCondition.ReplicaFailure, "True", why.Reason, why.Message, now)
            : status.Without(DeploymentCondition.ReplicaFailure);
    }

    /// <summary>When a rollout that goes on has used up its time; null when none goes on.</summary>
    public static TimeSpan? WakeAfter(DeploymentFacts deployment, DeploymentStatus status, DateTimeOffset now)
    {
        DeploymentCondition? progress = status.Find(DeploymentCondition.Progressing);
        bool isOver = progress?.Reason == TimedOut || (progress?.Reason == Finished && status.Replicas == status.Updated) || IsComplete(deployment, status);
        if (deployment.ProgressDeadline is not { } deadline || deployment.IsPaused || progress is null || isOver)
        {
            return null;
        }

        TimeSpan left = progress.Updated + deadline - now;
        return left > Soon ? left + Soon : Soon;
    }

    private static DeploymentStatus Progress(DeploymentFacts deployment, DeploymentStatus before, DeploymentStatus status, RolloutSet? current, DateTimeOffset now)
    {
        DeploymentCondition? known = before.Find(DeploymentCondition.Progressing);
        if (status.Replicas == status.Updated && known?.Reason == Finished)
        {
            return status;
        }

        string who = current is null ? $"Deployment \"{deployment.Name}\"" : $"ReplicaSet \"{current.Name}\"";
        if (IsComplete(deployment, status))
        {
            return status.With(DeploymentCondition.Progressing, "True", Finished, $"{who} has successfully progressed.", now);
        }

        if (IsMoving(before, status))
        {
            // Each step forward starts the clock anew.
            DateTimeOffset changed = known is { IsTrue: true } ? known.Changed : now;
            return status.Put(new DeploymentCondition(DeploymentCondition.Progressing, "True", "ReplicaSetUpdated", $"{who} is progressing.", now, changed));
        }

        return IsTimedOut(deployment, status, now)
            ? status.With(DeploymentCondition.Progressing, "False", TimedOut, $"{who} has timed out progressing.", now)
            : status;
    }

    private static bool IsMoving(DeploymentStatus before, DeploymentStatus status) =>
        status.Updated > before.Updated || status.Replicas - status.Updated < before.Replicas - before.Updated || status.Ready > before.Ready
        || status.Available > before.Available;

    private static bool IsTimedOut(DeploymentFacts deployment, DeploymentStatus status, DateTimeOffset now) =>
        status.Find(DeploymentCondition.Progressing) is { } progress && progress.Reason != Finished
        && (progress.Reason == TimedOut || progress.Updated + deployment.ProgressDeadline < now);
}
