using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>A way to run containers on this machine.</summary>
internal interface ISandbox
{
    /// <summary>What a pod is not kept from, in words for its owner; null when everything is isolated.</summary>
    string? Warning { get; }

    /// <summary>
    /// Whether the recorded inner process is the init of a pid namespace: killing it kills the whole container. Otherwise it is a
    /// shell at the head of a process group.
    /// </summary>
    bool HasPidNamespace { get; }

    /// <summary>Who the processes of a container really are here.</summary>
    ContainerUser UserOf(PodSpec pod, ContainerSpec container);

    /// <summary>The process that runs the container and records its exit.</summary>
    SpawnRequest Describe(ContainerLaunch launch);
}
