using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Probing;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What a container is for; decides when it starts and ends.</summary>
internal enum ContainerRole
{
    /// <summary>Runs to its end before the next one starts.</summary>
    Init,

    /// <summary>A native sidecar: starts in order with the init containers, ends after the main ones.</summary>
    Sidecar,

    Main,

    /// <summary>Added to a running pod for debugging; runs once, and the pod does not depend on it.</summary>
    Ephemeral,
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
    public const string OutOfMemory = "OOMKilled";
    public const string Unknown = "ContainerStatusUnknown";

    /// <summary>Exit code of a container that never got to run its command.</summary>
    public const int StartErrorCode = 128;

    /// <summary>Exit code of a container that was killed, and of one that nobody saw end.</summary>
    public const int KilledCode = 137;
}

/// <summary>A started container's process on the host.</summary>
internal sealed record ContainerProcess(int Pid, long StartTicks, string RecordFile, string Marker, Task<int?> Ended)
{
    /// <summary>Why it will not become the container's program; null when it may.</summary>
    public string? StartProblem { get; init; }

    /// <summary>The end of its standard input that clients write to; null when it has none, and after a return of the control plane.</summary>
    public Microsoft.Win32.SafeHandles.SafeFileHandle? Input { get; init; }
}

/// <summary>One container of a pod with all that is known of it. Used by the pod's worker only.</summary>
internal sealed class PodContainer(ContainerSpec spec, ContainerRole role, string podPolicy)
{
    public ContainerSpec Spec { get; } = spec;

    public ContainerRole Role { get; } = role;

    public string Name => Spec.Name;

    /// <summary>When it is started again: its own policy or the pod's.</summary>
    public string RestartPolicy { get; } = spec.RestartPolicy ?? (role == ContainerRole.Init && podPolicy == PodLifecycle.Always ? PodLifecycle.OnFailure : podPolicy);

    /// <summary>The part of the pod that it is, as Events name it.</summary>
    public string FieldPath => Role switch
    {
        ContainerRole.Main => $"spec.containers{{{Name}}}",
        ContainerRole.Ephemeral => $"spec.ephemeralContainers{{{Name}}}",
        _ => $"spec.initContainers{{{Name}}}",
    };

    public ContainerPhase Phase { get; set; }

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; set; }

    public string WaitingReason { get; set; } = PodConfigException.Creating;

    public string? WaitingMessage { get; set; }

    /// <summary>Waiting, or ended and to be started again: not before this.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    /// <summary>How long it waits before its next start, and since when that holds.</summary>
    public RestartBackoff Backoff { get; set; }

    /// <summary>What the next look for its image waits for; zero before the first failure.</summary>
    public TimeSpan PullBackoff { get; set; }

    public ContainerProcess? Process { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public ContainerEnd? End { get; set; }

    /// <summary>The end of the life before this one.</summary>
    public ContainerEnd? LastEnd { get; set; }

    /// <summary>Whether the hook after its start and its startup probe, if any, have succeeded in this life.</summary>
    public bool HasStarted { get; set; }

    /// <summary>What its readiness probe says; true when it has none.</summary>
    public bool ReadinessOk { get; set; }

    /// <summary>When it counts as ready because it still runs; null when something else decides.</summary>
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Whether it runs and can do its work.</summary>
    public bool IsReady => Phase == ContainerPhase.Running && HasStarted && ReadinessOk;

    /// <summary>What goes on beside it while it runs: hooks and probes.</summary>
    public ContainerAttendant? Attendant { get; set; }

    /// <summary>Set when it shall end and be started again although the pod goes on: why.</summary>
    public ContainerStop? Stop { get; set; }

    /// <summary>Set once it was asked to end: when it is killed.</summary>
    public DateTimeOffset? KillAt { get; set; }

    /// <summary>What its hook used of its grace does not leave it less than this.</summary>
    public DateTimeOffset? KillNotBefore { get; set; }

    /// <summary>The hook before its end while it runs.</summary>
    public HookRun? PreStop { get; set; }

    /// <summary>The life whose end that hook has announced already.</summary>
    public int PreStopped { get; set; } = -1;

    /// <summary>Whether the request to end has reached its process.</summary>
    public bool StopDelivered { get; set; }

    /// <summary>Whether it is certain that the kernel ends it.</summary>
    public bool Killed { get; set; }

    /// <summary>Whether it was killed for the memory it used, where the kernel does not see to that itself.</summary>
    public bool IsOutOfMemory { get => _isOutOfMemory; set => _isOutOfMemory = value; }

    private volatile bool _isOutOfMemory;

    /// <summary>Whether it ran in this or an earlier life.</summary>
    public bool WasStarted => Phase != ContainerPhase.Waiting || Restarts > 0 || LastEnd is not null;
}

/// <summary>Why one container shall end although its pod goes on.</summary>
/// <param name="Message">For people.</param>
/// <param name="Grace">What it gets to end; null means the pod's.</param>
internal sealed record ContainerStop(string Message, TimeSpan? Grace = null);

/// <summary>The wait before a restart: none at first, then doubling, forgotten after a long quiet life.</summary>
/// <param name="Wait">What the next restart waits for.</param>
/// <param name="Since">When this wait was set.</param>
internal readonly record struct RestartBackoff(TimeSpan Wait, DateTimeOffset Since)
{
    /// <summary>The wait of a container that ended now, and what the next end will find.</summary>
    public (TimeSpan Wait, RestartBackoff Next) After(DateTimeOffset endedAt, LocalPodOptions options)
    {
        // As long as two longest waits in peace: it starts anew (client-go's Backoff does the same).
        bool forgotten = Wait == TimeSpan.Zero || endedAt - Since > options.MaxRestartBackoff * 2;
        TimeSpan doubled = Wait * 2 < options.MaxRestartBackoff ? Wait * 2 : options.MaxRestartBackoff;
        return forgotten
            ? (TimeSpan.Zero, new RestartBackoff(options.RestartBackoff, endedAt))
            : (Wait, new RestartBackoff(doubled, endedAt + Wait));
    }
}
