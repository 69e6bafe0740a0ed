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
    /// <param name="stopping">The pod shall end: it is deleted, past its deadline, evicted, or the control plane stops.</param>
    /// <param name="now">The time.</param>
    public static PodDecision Decide(IReadOnlyList<PodContainer> containers, bool stopping, DateTimeOffset now)
    {
        if (stopping || HasFailedInit(containers) || MainsAreDone(containers))
        {
            return Wind(containers);
        }

        var start = new List<PodContainer>();
        List<PodContainer> stop = [.. containers.Where(c => c is { Phase: ContainerPhase.Running, Stop: not null })];
        DateTimeOffset? wakeAt = stop.Min(c => c.KillAt);
        bool mainsStarted = containers.Any(c => c.Role == ContainerRole.Main && c.WasStarted);
        foreach (PodContainer container in containers)
        {
            if (!MayGoOn(container, mainsStarted, now, start, ref wakeAt))
            {
                break;
            }
        }

        return new PodDecision(start, stop, wakeAt, Over: false);
    }

    public static bool Restarts(string policy, ContainerEnd? end) => policy switch
    {
        Never => false,
        OnFailure => end is not { ExitCode: 0 },
        _ => true,
    };

    /// <summary>Considers one container; returns whether those after it may be considered too.</summary>
    private static bool MayGoOn(
        PodContainer container, bool mainsStarted, DateTimeOffset now, List<PodContainer> start, ref DateTimeOffset? wakeAt)
    {
        bool isDone = container is { Role: ContainerRole.Init, Phase: ContainerPhase.Ended, End.ExitCode: 0 };
        if (isDone || (container.Role == ContainerRole.Init && mainsStarted))
        {
            return true;
        }

        bool running = container.Phase == ContainerPhase.Running;
        bool starts = !running && Consider(container, now, start, ref wakeAt);
        if (container.Role == ContainerRole.Main)
        {
            // The next container waits for a hook that runs right after a start; one that is started now has not begun its hook yet.
            return running ? container.Attendant is not { IsStarting: true } : !(starts && container.Spec.Lifecycle?.PostStart is not null);
        }

        return mainsStarted || (container.Role == ContainerRole.Sidecar && (running ? container.HasStarted : starts && StartsAtOnce(container)));
    }

    /// <summary>A sidecar without a hook or a startup probe counts as started for the next container in order.</summary>
    private static bool StartsAtOnce(PodContainer container) => container.Spec is { StartupProbe: null, Lifecycle: null or { PostStart: null } };

    /// <summary>Main containers and running init containers end together; then the sidecars, the last started one first.</summary>
    private static PodDecision Wind(IReadOnlyList<PodContainer> containers)
    {
        List<PodContainer> running = [.. containers.Where(c => c.Phase == ContainerPhase.Running)];
        List<PodContainer> first = [.. running.Where(c => c.Role != ContainerRole.Sidecar)];
        List<PodContainer> stop = first.Count > 0 ? first : [.. running.TakeLast(1)];
        return new PodDecision([], stop, stop.Min(c => c.KillAt), Over: running.Count == 0);
    }

    private static bool HasFailedInit(IReadOnlyList<PodContainer> containers) =>
        containers.Any(c => c is { Role: ContainerRole.Init, Phase: ContainerPhase.Ended, End.ExitCode: not 0, RestartPolicy: Never });

    private static bool MainsAreDone(IReadOnlyList<PodContainer> containers) =>
        containers.Where(c => c.Role == ContainerRole.Main).All(c => c.Phase == ContainerPhase.Ended && !Restarts(c.RestartPolicy, c.End));

    /// <summary>Adds a container that may start now; returns whether it may.</summary>
    private static bool Consider(PodContainer container, DateTimeOffset now, List<PodContainer> start, ref DateTimeOffset? wakeAt)
    {
        DateTimeOffset? due = container.Phase switch
        {
            ContainerPhase.Waiting => container.RetryAt ?? now,
            ContainerPhase.Ended when Restarts(container.RestartPolicy, container.End) => container.RetryAt ?? now,
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
