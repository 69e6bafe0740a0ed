using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Why the whole pod ended, when it is not for what its containers did.</summary>
internal sealed record PodVerdict(string Reason, string Message);

/// <summary>Renders a pod's status from its containers, as the kubelet does.</summary>
internal sealed class PodStatus(PodManifest pod, IReadOnlyList<PodContainer> containers)
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";

    private readonly Dictionary<string, (bool Value, string Since)> _conditions = new(StringComparer.Ordinal);

    public DateTimeOffset StartTime { get; set; }

    public JsonObject Render(PodVerdict? verdict, bool over, DateTimeOffset now)
    {
        string phase = Phase(verdict, over);
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["startTime"] = Time(StartTime),
            ["hostIP"] = PodFields.Address,
            ["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = PodFields.Address }),
            ["podIP"] = PodFields.Address,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = PodFields.Address }),
            ["qosClass"] = "BestEffort",
            ["conditions"] = Conditions(phase, now),
            ["containerStatuses"] = Statuses(isInit: false),
        };
        if (pod.Spec.InitContainers.Count > 0)
        {
            status["initContainerStatuses"] = Statuses(isInit: true);
        }

        if (verdict is not null)
        {
            status["reason"] = verdict.Reason;
            status["message"] = verdict.Message;
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

        return Initialized && Mains.Any(c => c.Phase != ContainerPhase.Waiting || c.Restarts > 0) ? Running : Pending;
    }

    private IEnumerable<PodContainer> Mains => containers.Where(c => c.Role == ContainerRole.Main);

    private bool Initialized => containers.All(c => c.Role switch
    {
        ContainerRole.Init => c.End is { ExitCode: 0 },
        ContainerRole.Sidecar => c.Phase != ContainerPhase.Waiting || c.Restarts > 0,
        _ => true,
    });

    private JsonArray Conditions(string phase, DateTimeOffset now)
    {
        bool ready = phase == Running && containers.All(c => c.Role == ContainerRole.Init || c.Phase == ContainerPhase.Running);
        string? reason = phase switch
        {
            Succeeded => "PodCompleted",
            Failed => "PodFailed",
            _ => ready ? null : "ContainersNotReady",
        };
        string? message = ready || phase is Succeeded or Failed ? null : NotReady();
        return
        [
            Condition("PodReadyToStartContainers", phase is not (Succeeded or Failed), null, null, now),
            Condition("Initialized", Initialized || phase == Succeeded, phase == Succeeded ? "PodCompleted" : Initialized ? null : "ContainersNotInitialized", null, now),
            Condition("Ready", ready, reason, message, now),
            Condition("ContainersReady", ready, reason, message, now),
            Condition("PodScheduled", true, null, null, now),
        ];
    }

    private string NotReady()
    {
        IEnumerable<string> names = Mains.Where(c => c.Phase != ContainerPhase.Running).Select(c => c.Name);
        return $"containers with unready status: [{string.Join(' ', names)}]";
    }

    private JsonObject Condition(string type, bool value, string? reason, string? message, DateTimeOffset now)
    {
        if (!_conditions.TryGetValue(type, out (bool Value, string Since) last) || last.Value != value)
        {
            last = (value, Time(now));
            _conditions[type] = last;
        }

        var condition = new JsonObject
        {
            ["type"] = type,
            ["status"] = value ? "True" : "False",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = last.Since,
        };
        if (reason is not null)
        {
            condition["reason"] = reason;
        }

        if (message is not null)
        {
            condition["message"] = message;
        }

        return condition;
    }

    private JsonArray Statuses(bool isInit) =>
        [.. containers.Where(c => c.Role == ContainerRole.Main != isInit).OrderBy(c => isInit ? "" : c.Name, StringComparer.Ordinal).Select(Status)];

    private JsonObject Status(PodContainer container)
    {
        bool running = container.Phase == ContainerPhase.Running;
        var status = new JsonObject
        {
            ["name"] = container.Name,
            ["image"] = container.Spec.Image,
            ["imageID"] = "",
            ["ready"] = running && container.Role != ContainerRole.Init || IsComplete(container),
            ["started"] = running,
            ["restartCount"] = container.Restarts,
            ["state"] = State(container),
            ["lastState"] = LastState(container),
        };
        if (container.Phase != ContainerPhase.Waiting)
        {
            status["containerID"] = Id(container, container.Restarts);
        }

        return status;
    }

    private static bool IsComplete(PodContainer container) => container is { Role: ContainerRole.Init, End.ExitCode: 0 };

    private static bool IsBackingOff(PodContainer container) => container is { Phase: ContainerPhase.Ended, RetryAt: not null };

    private JsonObject LastState(PodContainer container) => container switch
    {
        { End: { } end } when IsBackingOff(container) => Terminated(container, end, container.Restarts),
        { LastEnd: { } last } => Terminated(container, last, container.Restarts - 1),
        _ => [],
    };

    private JsonObject State(PodContainer container)
    {
        if (container.Phase == ContainerPhase.Running)
        {
            return new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Time(container.StartedAt) } };
        }

        if (container is { Phase: ContainerPhase.Ended, End: { } end } && !IsBackingOff(container))
        {
            return Terminated(container, end, container.Restarts);
        }

        var waiting = new JsonObject { ["reason"] = WaitingReason(container) };
        if (container.WaitingMessage is { } message)
        {
            waiting["message"] = message;
        }

        return new JsonObject { ["waiting"] = waiting };
    }

    private string WaitingReason(PodContainer container)
    {
        bool waitsForInit = container.WaitingMessage is null
            && container.Role == ContainerRole.Main
            && containers.Any(c => c.Role != ContainerRole.Main)
            && !Initialized;
        return waitsForInit ? "PodInitializing" : container.WaitingReason;
    }

    private JsonObject Terminated(PodContainer container, ContainerEnd end, int restart)
    {
        var terminated = new JsonObject
        {
            ["exitCode"] = end.ExitCode,
            ["reason"] = end.Reason,
            ["startedAt"] = Time(end.StartedAt),
            ["finishedAt"] = Time(end.FinishedAt),
            ["containerID"] = Id(container, restart),
        };
        if (end.Message is not null)
        {
            terminated["message"] = end.Message;
        }

        return new JsonObject { ["terminated"] = terminated };
    }

    private string Id(PodContainer container, int restart) =>
        string.Create(CultureInfo.InvariantCulture, $"local://{pod.Metadata.Uid}/{container.Name}/{restart}");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
