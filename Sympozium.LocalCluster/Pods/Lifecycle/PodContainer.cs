using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What a container is for; decides when it starts and ends.</summary>
internal enum ContainerRole
{
    /// <summary>Runs to its end before the next one starts.</summary>
    Init,

    /// <summary>A native sidecar: starts in order with the init containers, ends after the main ones.</summary>
    Sidecar,

    Main,
}

/// <summary>Where a container is.</summary>
internal enum ContainerPhase
{
    Waiting,
    Running,
    Ended,
}

/// <summary>How one life of a container ended.</summary>
internal sealed record ContainerEnd(int ExitCode, string Reason, string? Message, DateTimeOffset StartedAt, DateTimeOffset FinishedAt)
{
    public const string Completed = "Completed";
    public const string Error = "Error";
    public const string StartError = "StartError";
    public const string Unknown = "ContainerStatusUnknown";

    /// <summary>Exit code of a container that never got to run its command.</summary>
    public const int StartErrorCode = 128;

    /// <summary>Exit code of a container that was killed, and of one that nobody saw end.</summary>
    public const int KilledCode = 137;
}

/// <summary>A started container's process on the host.</summary>
internal sealed record ContainerProcess(int Pid, long StartTicks, string RecordFile, string Marker, Task<int?> Ended);

/// <summary>One container of a pod with all that is known of it. Used by the pod's worker only.</summary>
internal sealed class PodContainer(ContainerSpec spec, ContainerRole role)
{
    public ContainerSpec Spec { get; } = spec;

    public ContainerRole Role { get; } = role;

    public string Name => Spec.Name;

    public ContainerPhase Phase { get; set; }

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; set; }

    public string WaitingReason { get; set; } = PodConfigException.Creating;

    public string? WaitingMessage { get; set; }

    /// <summary>Waiting, or ended and to be started again: not before this.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    public ContainerProcess? Process { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public ContainerEnd? End { get; set; }

    /// <summary>The end of the life before this one.</summary>
    public ContainerEnd? LastEnd { get; set; }

    /// <summary>Set once it was asked to end: when it is killed.</summary>
    public DateTimeOffset? KillAt { get; set; }

    /// <summary>Whether the request to end has reached its process.</summary>
    public bool StopDelivered { get; set; }

    public bool Killed { get; set; }
}
