using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>Who a container's processes are, as they see themselves.</summary>
internal sealed record ContainerUser(long Uid, long Gid)
{
    /// <summary>
    /// The user that a pod asks for: the container's, else the pod's, else that of an image which names none. It is a number inside the
    /// container's user namespace, without capabilities; on the host everything is the control plane's user.
    /// </summary>
    public static ContainerUser Of(PodSpec pod, ContainerSpec container) => new(
        container.SecurityContext.RunAsUser ?? pod.SecurityContext.RunAsUser ?? 0,
        container.SecurityContext.RunAsGroup ?? pod.SecurityContext.RunAsGroup ?? 0);

    /// <summary>Whether the pod forbids this user.</summary>
    public static bool IsForbiddenRoot(PodSpec pod, ContainerSpec container) =>
        (container.SecurityContext.RunAsNonRoot ?? pod.SecurityContext.RunAsNonRoot) == true && Of(pod, container).Uid == 0;
}
