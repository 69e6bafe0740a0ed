using Sympozium.LocalCluster.Pods.Lifecycle;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>What a hook or a probe found out.</summary>
internal enum AttendantReportKind
{
    HookSucceeded,

    /// <summary>The startup probe succeeded.</summary>
    Started,

    Ready,

    Unready,

    /// <summary>The container shall end: its hook, its startup probe or its liveness probe failed for good.</summary>
    Unhealthy,
}

/// <summary>One finding about one life of a container.</summary>
/// <param name="Container">The container.</param>
/// <param name="Process">The life it is about; a finding about an earlier one says nothing any more.</param>
/// <param name="Kind">What was found out.</param>
/// <param name="Message">Why it shall end, for people.</param>
/// <param name="Grace">What it then gets to end; null means the pod's.</param>
internal sealed record AttendantReport(PodContainer Container, ContainerProcess Process, AttendantReportKind Kind, string Message = "", TimeSpan? Grace = null);
