namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>
/// Decides what a pod needs, from its containers' states alone (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/,
/// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/). Level-triggered: called after every event, it
/// starts and stops whatever is due and says when to ask again.
/// </summary>
internal static class PodLifecycle
{
    public const string Never = "Never";
    public const string OnFailure = "OnFailure";
    public const string Always = "Always";

    /// <summary>Decides for a pod's containers, init containers first and in order.</summary>
    /// <param name="containers">All containers; a container in <see cref="PodDecision.Start"/> counts as started by the time the caller asks again.</param>
    /// <param name="restartPolicy">The pod's restart policy.</param>
    /// <param name="stopping">The pod shall end: it is deleted, past its deadline, or the control plane stops.</param>
    /// <param name="now">The time.</param>
    public static PodDecision Decide(IReadOnlyList<PodContainer> containers, string restartPolicy, bool stopping, DateTimeOffset now)
    {
        if (stopping || HasFailedInit(containers, restartPolicy) || MainsAreDone(containers, restartPolicy))
        {
            return Wind(containers);
        }

        var start = new List<PodContainer>();
        DateTimeOffset? wakeAt = null;
        bool mainsStarted = containers.Any(c => c.Role == ContainerRole.Main && (c.Phase != ContainerPhase.Waiting || c.Restarts > 0));
        foreach (PodContainer container in containers)
        {
            if (container.Role == ContainerRole.Main)
            {
                Consider(container, restartPolicy, now, start, ref wakeAt);
            }
            else if (!mainsStarted && IsComplete(container))
            {
                continue;
            }
            else if (container.Role == ContainerRole.Sidecar)
            {
                // A sidecar that can start now counts as started for the next container in order.
                bool ready = container.Phase == ContainerPhase.Running || Consider(container, Always, now, start, ref wakeAt);
                if (!ready && !mainsStarted)
                {
                    return new PodDecision(start, [], wakeAt, Over: false);
                }
            }
            else if (!mainsStarted)
            {
                Consider(container, restartPolicy, now, start, ref wakeAt);
                return new PodDecision(start, [], wakeAt, Over: false);
            }
        }

        return new PodDecision(start, [], wakeAt, Over: false);
    }

    /// <summary>How long a container that was restarted so often waits for the next time.</summary>
    public static TimeSpan Backoff(int restarts, LocalPodOptions options)
    {
        const int MaxDoublings = 16;
        if (restarts == 0)
        {
            return TimeSpan.Zero;
        }

        TimeSpan wait = options.RestartBackoff * (1 << Math.Min(restarts - 1, MaxDoublings));
        return wait < options.MaxRestartBackoff ? wait : options.MaxRestartBackoff;
    }

    public static bool Restarts(string policy, ContainerEnd? end) => policy switch
    {
        Never => false,
        OnFailure => end is not { ExitCode: 0 },
        _ => true,
    };

    /// <summary>Main containers and running init containers end together; then the sidecars, the last started one first.</summary>
    private static PodDecision Wind(IReadOnlyList<PodContainer> containers)
    {
        List<PodContainer> running = [.. containers.Where(c => c.Phase == ContainerPhase.Running)];
        List<PodContainer> first = [.. running.Where(c => c.Role != ContainerRole.Sidecar)];
        List<PodContainer> stop = first.Count > 0 ? first : [.. running.TakeLast(1)];
        return new PodDecision([], stop, stop.Min(c => c.KillAt), Over: running.Count == 0);
    }

    private static bool IsComplete(PodContainer container) =>
        container is { Role: ContainerRole.Init, Phase: ContainerPhase.Ended, End.ExitCode: 0 };

    private static bool HasFailedInit(IReadOnlyList<PodContainer> containers, string restartPolicy) =>
        restartPolicy == Never && containers.Any(c => c is { Role: ContainerRole.Init, Phase: ContainerPhase.Ended, End.ExitCode: not 0 });

    private static bool MainsAreDone(IReadOnlyList<PodContainer> containers, string restartPolicy) =>
        containers.Where(c => c.Role == ContainerRole.Main).All(c => c.Phase == ContainerPhase.Ended && !Restarts(restartPolicy, c.End));

    /// <summary>Adds a container that may start now; returns whether it may.</summary>
    private static bool Consider(PodContainer container, string policy, DateTimeOffset now, List<PodContainer> start, ref DateTimeOffset? wakeAt)
    {
        DateTimeOffset? due = container.Phase switch
        {
            ContainerPhase.Waiting => container.RetryAt ?? now,
            ContainerPhase.Ended when Restarts(policy, container.End) => container.RetryAt ?? now,
            _ => null,
        };
        if (due is null)
        {
            return false;
        }

        if (due <= now)
        {
            start.Add(container);
            return true;
        }

        wakeAt = wakeAt is null || due < wakeAt ? due : wakeAt;
        return false;
    }
}
