namespace Sympozium.Abstractions.Runs;

/// <summary>Values of an AgentRun's <c>status.phase</c>.</summary>
public static class RunPhase
{
    /// <summary>Accepted, its pod has not started.</summary>
    public const string Pending = "Pending";

    /// <summary>Its pod runs.</summary>
    public const string Running = "Running";

    /// <summary>It answered.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>It failed; <c>status.reason</c> and <c>status.error</c> say why.</summary>
    public const string Failed = "Failed";

    /// <summary>A hook asked to skip it.</summary>
    public const string Skipped = "Skipped";

    /// <summary>Somebody cancelled it.</summary>
    public const string Cancelled = "Cancelled";

    /// <summary>Whether a phase never changes again.</summary>
    public static bool IsTerminal(string? phase) => phase is Succeeded or Failed or Skipped or Cancelled;
}

/// <summary>Values of an AgentRun's <c>status.reason</c> when it failed.</summary>
public static class RunFailureReasons
{
    /// <summary>The instance, a skill pack or a policy that the run names does not exist.</summary>
    public const string ReferenceNotFound = "ReferenceNotFound";

    /// <summary>The run or what it names contradicts itself or misses something; the message lists everything.</summary>
    public const string InvalidSpec = "InvalidSpec";

    /// <summary>The provider's secret or the key in it is missing.</summary>
    public const string MissingCredentials = "MissingCredentials";

    /// <summary>A policy refuses the run.</summary>
    public const string PolicyDenied = "PolicyDenied";

    /// <summary>The run used up a budget of its policy.</summary>
    public const string BudgetExceeded = "BudgetExceeded";

    /// <summary>The run took longer than its timeout.</summary>
    public const string Timeout = "Timeout";

    /// <summary>The provider could not be reached or kept failing.</summary>
    public const string ModelUnavailable = "ModelUnavailable";

    /// <summary>The provider refused the request (bad key, unknown model, context too long).</summary>
    public const string ModelRejected = "ModelRejected";

    /// <summary>The provider's answer could not be understood or broke off.</summary>
    public const string ModelError = "ModelError";

    /// <summary>The agent used up its model rounds.</summary>
    public const string IterationLimit = "IterationLimit";

    /// <summary>A container ended without a result; the message has its exit code or signal.</summary>
    public const string ContainerFailed = "ContainerFailed";

    /// <summary>The kernel or the kubelet killed a container for its memory.</summary>
    public const string OutOfMemory = "OutOfMemory";

    /// <summary>The Job or Pod disappeared or could not be created.</summary>
    public const string InfrastructureLost = "InfrastructureLost";

    /// <summary>The node put the pod out: pressure, drain, shutdown.</summary>
    public const string Evicted = "Evicted";

    /// <summary>The pod's node went away with it.</summary>
    public const string NodeLost = "NodeLost";

    /// <summary>A pod of higher priority took the place.</summary>
    public const string Preempted = "Preempted";

    /// <summary>An image cannot be had.</summary>
    public const string ImagePullFailed = "ImagePullFailed";

    /// <summary>No node takes the pod.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>The namespace's quota leaves no room for the run's objects or its pod.</summary>
    public const string QuotaExceeded = "QuotaExceeded";

    /// <summary>The API server refuses the run's pod, by pod security or another admission.</summary>
    public const string PodRefused = "PodRefused";
}
