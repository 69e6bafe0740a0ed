using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>A pod's Events, as the kubelet posts them.</summary>
internal sealed class PodEvents(PodServices services, PodManifest pod)
{
    private const string Component = "kubelet";

    public void Normal(string reason, string message, PodContainer? container = null) => Record(isWarning: false, reason, message, container);

    public void Warn(string reason, string message, PodContainer? container = null) => Record(isWarning: true, reason, message, container);

    /// <summary>What precedes the start of a container: its image is there.</summary>
    public void Pulled(PodContainer container) =>
        Normal("Pulled", $"Container image \"{container.Spec.Image}\" already present on machine and can be accessed by the pod", container);

    public void Created(PodContainer container) => Normal("Created", "Container created", container);

    private void Record(bool isWarning, string reason, string message, PodContainer? container)
    {
        var target = new EventTarget("v1", "Pod", pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.Uid, FieldPath: container?.FieldPath);
        services.Events.Record(new ClusterEvent(target, Component, services.Options.NodeName, isWarning, reason, message));
    }
}
