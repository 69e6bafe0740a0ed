using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Why the whole pod ended, when it is not for what its containers did.</summary>
/// <param name="Reason">One word.</param>
/// <param name="Message">For people.</param>
/// <param name="IsDisruption">Whether the node ended it: the pod then has the condition DisruptionTarget.</param>
internal sealed record PodVerdict(string Reason, string Message, bool IsDisruption = false);

/// <summary>Renders a pod's status from its containers, as the kubelet does. A member that is null is to be removed.</summary>
internal sealed class PodStatus(IReadOnlyList<PodContainer> containers, ContainerStatuses statuses)
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";

    private readonly Dictionary<string, (string Value, string Since)> _transitions = new(StringComparer.Ordinal);

    public DateTimeOffset StartTime { get; set; }

    /// <summary>Whether volumes and whatever else the containers share are there.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>The pod's own address.</summary>
    public required string Address { get; init; }

    public JsonObject Render(PodManifest pod, PodVerdict? verdict, bool over, DateTimeOffset now)
    {
        string phase = Phase(verdict, over);
        var status = new JsonObject
        {
            ["observedGeneration"] = pod.Metadata.Generation,
            ["phase"] = phase,
            ["startTime"] = ClusterEvent.Time(StartTime),
            ["hostIP"] = PodFields.NodeAddress,
            ["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = PodFields.NodeAddress }),
            ["podIP"] = Address,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = Address }),
            ["conditions"] = Conditions(pod, phase, verdict, now),
            ["containerStatuses"] = statuses.Render(isInit: false, Initialized),
            ["reason"] = verdict?.Reason,
            ["message"] = verdict?.Message,
        };
        if (pod.Spec.InitContainers.Count > 0)
        {
            status["initContainerStatuses"] = statuses.Render(isInit: true, Initialized);
        }

        return status;
    }

    /// <summary>The phase: terminal only when nothing runs any more, sidecars included.</summary>
    public string Phase(PodVerdict? verdict, bool over)
    {
        if (over && verdict is not null)
        {
            return Failed;
        }

        if (over && Mains.All(c => c.Phase == ContainerPhase.Ended) && Mains.All(c => c.End!.ExitCode == 0))
        {
            return Succeeded;
        }

        if (over && containers.Any(c => c.Role != ContainerRole.Sidecar && c.End is { ExitCode: not 0 }))
        {
            return Failed;
        }

        // One that never could start keeps the whole pod pending.
        return Initialized && Mains.All(c => c.WasStarted) ? Running : Pending;
    }

    private IEnumerable<PodContainer> Mains => containers.Where(c => c.Role == ContainerRole.Main);

    private bool Initialized => Uninitialized.Length == 0;

    private string[] Uninitialized =>
    [
        .. containers.Where(c => c.Role switch
        {
            ContainerRole.Init => c.End is not { ExitCode: 0 },
            ContainerRole.Sidecar => !c.HasStarted && !Mains.Any(m => m.WasStarted),
            _ => false,
        }).Select(c => c.Name),
    ];

    private JsonArray Conditions(PodManifest pod, string phase, PodVerdict? verdict, DateTimeOffset now)
    {
        bool terminal = phase is Succeeded or Failed;
        string[] uninitialized = phase == Succeeded ? [] : Uninitialized;
        (string? Reason, string? Message) unready = Unready(phase);
        (string? Reason, string? Message) notReady = unready.Reason is null ? ClosedGates(pod) : unready;
        var list = new JsonArray(
            Condition(pod, "PodReadyToStartContainers", IsPrepared && !terminal, null, null, now),
            Condition(
                pod, "Initialized", uninitialized.Length == 0,
                phase == Succeeded ? "PodCompleted" : uninitialized.Length == 0 ? null : "ContainersNotInitialized",
                uninitialized.Length == 0 ? null : $"containers with incomplete status: [{string.Join(' ', uninitialized)}]", now),
            Condition(pod, "Ready", notReady.Reason is null, notReady.Reason, notReady.Message, now),
            Condition(pod, "ContainersReady", unready.Reason is null, unready.Reason, unready.Message, now),
            Condition(pod, "PodScheduled", true, null, null, now));
        if (verdict is { IsDisruption: true })
        {
            list.Add((JsonNode)Condition(pod, "DisruptionTarget", true, "TerminationByKubelet", verdict.Message, now));
        }

        return list;
    }

    /// <summary>Why the containers are not ready; null when they are.</summary>
    private (string? Reason, string? Message) Unready(string phase)
    {
        switch (phase)
        {
            case Succeeded:
                return ("PodCompleted", null);
            case Failed:
                return ("PodFailed", null);
        }

        string[] names = [.. containers.Where(c => c.Role != ContainerRole.Init && !c.IsReady).Select(c => c.Name)];
        return names.Length == 0 ? default : ("ContainersNotReady", $"containers with unready status: [{string.Join(' ', names)}]");
    }

    /// <summary>What the pod's readiness waits for beside its containers.</summary>
    private static (string? Reason, string? Message) ClosedGates(PodManifest pod)
    {
        var closed = new List<string>();
        foreach (string gate in pod.Spec.ReadinessGates.Select(g => g.ConditionType))
        {
            PodConditionSeen? condition = pod.Status?.Conditions.Find(c => c.Type == gate);
            if (condition is null)
            {
                closed.Add($"corresponding condition of pod readiness gate \"{gate}\" does not exist.");
            }
            else if (condition.Status != "True")
            {
                closed.Add($"the status of pod readiness gate \"{gate}\" is not \"True\", but {condition.Status}");
            }
        }

        return closed.Count == 0 ? default : ("ReadinessGatesNotReady", string.Join(", ", closed));
    }

    private JsonObject Condition(PodManifest pod, string type, bool value, string? reason, string? message, DateTimeOffset now)
    {
        string status = value ? "True" : "False";
        if (!_transitions.TryGetValue(type, out (string Value, string Since) last))
        {
            // The scheduler and an earlier control plane may have said it before.
            PodConditionSeen? stored = pod.Status?.Conditions.Find(c => c.Type == type);
            last = (stored?.Status ?? "", ClusterEvent.Time(stored?.LastTransitionTime ?? now));
        }

        if (last.Value != status)
        {
            last = (status, ClusterEvent.Time(now));
        }

        _transitions[type] = last;
        return new JsonObject
        {
            ["type"] = type,
            ["observedGeneration"] = pod.Metadata.Generation,
            ["status"] = status,
            ["lastTransitionTime"] = last.Since,
            ["reason"] = reason,
            ["message"] = message,
        };
    }
}
