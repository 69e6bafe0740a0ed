namespace Sympozium.LocalCluster.Pods.Lifecycle;

internal sealed partial class PodWorker
{
    /// <summary>Containers that were added while the pod ran; replaced whole, because others read it.</summary>
    private volatile IReadOnlyList<PodContainer> _ephemeral = [];

    /// <summary>The pod's containers, for whoever reads their logs.</summary>
    public IReadOnlyList<PodContainer> Containers => [.. _containers, .. _ephemeral];

    /// <summary>Takes over ephemeral containers that are new in the object.</summary>
    private void TakeEphemeral()
    {
        foreach (Manifest.ContainerSpec added in _pod.Spec.EphemeralContainers)
        {
            if (!_ephemeral.Any(c => c.Name == added.Name))
            {
                _ephemeral = [.. _ephemeral, new PodContainer(added, ContainerRole.Ephemeral, PodLifecycle.Never)];
            }
        }
    }

    /// <summary>The ephemeral containers that may start now: they need the pod's other containers to have come up, and are never started again.</summary>
    private List<PodContainer> EphemeralToStart(DateTimeOffset now, bool ends) => ends || !_containers.Exists(c => c is { Role: ContainerRole.Main, WasStarted: true })
        ? []
        : [.. _ephemeral.Where(c => c.Phase == ContainerPhase.Waiting && (c.RetryAt ?? now) <= now)];

    /// <summary>Those that run; they end together with the pod, and hold it until then.</summary>
    private List<PodContainer> EphemeralRunning() => [.. _ephemeral.Where(c => c.Phase == ContainerPhase.Running)];

    private DateTimeOffset? EphemeralWakeAt() => _ephemeral.Where(c => c.Phase == ContainerPhase.Waiting).Min(c => c.RetryAt);
}
