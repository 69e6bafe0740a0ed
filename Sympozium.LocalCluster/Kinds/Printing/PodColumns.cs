using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of pods: readiness, one word for the state, restarts.</summary>
internal static class PodColumns
{
    private const string None = "<none>";

    public static Column[] All { get; } =
    [
        Column.Named,
        Column.Text("Ready", "Ready containers of all.", item => PodSummary.Of(item).Ready),
        Column.Text("Status", "What the pod is doing.", item => PodSummary.Of(item).Status),
        new("Restarts", "string", "", 0, "How often containers were restarted.", (item, now) => PodSummary.Of(item).Restarted(now)),
        Column.Age,
        Column.Text("IP", "Address of the pod.", item => OrNone(Address(item)), Column.Wide),
        Column.Text("Node", "Node that runs it.", item => OrNone(item.Map("spec").Text("nodeName")), Column.Wide),
        Column.Text("Nominated Node", "Node that is being made free.", item => OrNone(item.Map("status").Text("nominatedNodeName")), Column.Wide),
        Column.Text("Readiness Gates", "Conditions that count for readiness.", Gates, Column.Wide),
    ];

    /// <summary>Finished pods say so beside their cells.</summary>
    public static JsonArray? Conditions(JsonObject item)
    {
        string phase = item.Map("status").Text("phase");
        string? message = phase switch
        {
            "Succeeded" => "The pod has completed successfully.",
            "Failed" => "The pod failed.",
            _ => null,
        };
        return message is null
            ? null
            : [new JsonObject { ["type"] = "Completed", ["status"] = "True", ["reason"] = phase, ["message"] = message }];
    }

    private static string Address(JsonObject item) =>
        item.Map("status").Items("podIPs").Select(address => address.Item.Text("ip")).FirstOrDefault() ?? item.Map("status").Text("podIP");

    private static string Gates(JsonObject item)
    {
        string[] gates = [.. item.Map("spec").Items("readinessGates").Select(gate => gate.Item.Text("conditionType"))];
        int ready = gates.Count(gate => PodSummary.IsTrue(item, gate));
        return gates.Length == 0 ? None : string.Create(CultureInfo.InvariantCulture, $"{ready}/{gates.Length}");
    }

    private static string OrNone(string text) => text.Length == 0 ? None : text;
}

/// <summary>A pod's containers summed up in a line.</summary>
internal sealed class PodSummary
{
    private readonly JsonObject _pod;
    private readonly JsonObject _status;
    private readonly HashSet<string> _sidecars;
    private int _ready;
    private long _restarts;
    private DateTimeOffset? _lastRestart;

    private PodSummary(JsonObject pod)
    {
        _pod = pod;
        _status = pod.Map("status") ?? [];
        _sidecars = [.. pod.Map("spec").Items("initContainers").Where(c => c.Item.Text("restartPolicy") == "Always").Select(c => c.Item.Text("name"))];
        Status = _status.Text("reason") is { Length: > 0 } reason ? reason : _status.Text("phase");
        if (Condition(pod, "PodScheduled").Text("reason") == "SchedulingGated")
        {
            Status = "SchedulingGated";
        }

        if (!Initialize() || IsTrue(pod, "Initialized"))
        {
            Containers();
        }

        Deletion();
    }

    public string Status { get; private set; }

    public string Ready =>
        string.Create(CultureInfo.InvariantCulture, $"{_ready}/{_pod.Map("spec").Items("containers").Count() + _sidecars.Count}");

    public static PodSummary Of(JsonObject pod) => new(pod);

    public static bool IsTrue(JsonObject pod, string condition) => Condition(pod, condition).Text("status") == "True";

    public string Restarted(DateTimeOffset now)
    {
        string count = _restarts.ToString(CultureInfo.InvariantCulture);
        return _restarts > 0 && _lastRestart is { } last ? $"{count} ({Ages.Show(now - last)} ago)" : count;
    }

    private static JsonObject? Condition(JsonObject pod, string type) =>
        pod.Map("status").Items("conditions").Select(condition => condition.Item).FirstOrDefault(condition => condition.Text("type") == type);

    /// <summary>Init containers; true while one of them still stands before the others.</summary>
    private bool Initialize()
    {
        long sidecarRestarts = 0;
        DateTimeOffset? lastSidecarRestart = null;
        bool initializing = false;
        foreach ((int index, JsonObject container) in _status.Items("initContainerStatuses"))
        {
            Count(container);
            bool sidecar = _sidecars.Contains(container.Text("name"));
            if (sidecar)
            {
                sidecarRestarts += container.Integer("restartCount") ?? 0;
                lastSidecarRestart = Later(lastSidecarRestart, container);
            }

            JsonObject? state = container.Map("state");
            if (state.Map("terminated").Integer("exitCode") == 0)
            {
                continue;
            }

            if (sidecar && container.IsTrue("started"))
            {
                _ready += container.IsTrue("ready") ? 1 : 0;
                continue;
            }

            Status = "Init:" + Initializing(state, index);
            initializing = true;
            break;
        }

        if (!initializing || IsTrue(_pod, "Initialized"))
        {
            // Init containers are done: only sidecars' restarts still matter.
            (_restarts, _lastRestart) = (sidecarRestarts, lastSidecarRestart);
        }

        return initializing;
    }

    private string Initializing(JsonObject? state, int index)
    {
        if (state.Map("terminated") is { } terminated)
        {
            return Ended(terminated);
        }

        string waiting = state.Map("waiting").Text("reason");
        return waiting is not ("" or "PodInitializing")
            ? waiting
            : string.Create(CultureInfo.InvariantCulture, $"{index}/{_pod.Map("spec").Items("initContainers").Count()}");
    }

    private void Containers()
    {
        bool running = false;
        bool failure = false;
        foreach ((_, JsonObject container) in _status.Items("containerStatuses").Reverse())
        {
            Count(container);
            JsonObject? state = container.Map("state");
            if (state.Map("waiting").Text("reason") is { Length: > 0 } waiting)
            {
                Status = waiting;
            }
            else if (state.Map("terminated") is { } terminated)
            {
                // A failure is not hidden by a success.
                bool failed = terminated.Integer("exitCode") is not (null or 0);
                Status = failed || !failure ? Ended(terminated) : Status;
                failure |= failed;
            }
            else if (container.IsTrue("ready") && state.Map("running") is not null)
            {
                running = true;
                _ready++;
            }
        }

        if (Status == "Completed" && running)
        {
            Status = IsTrue(_pod, "Ready") ? "Running" : "NotReady";
        }
    }

    private void Deletion()
    {
        if (Column.Metadata(_pod, "deletionTimestamp") is null)
        {
            return;
        }

        if (_status.Text("reason") == "NodeLost")
        {
            Status = "Unknown";
        }
        else if (_status.Text("phase") is not ("Succeeded" or "Failed"))
        {
            Status = "Terminating";
        }
    }

    private static string Ended(JsonObject terminated)
    {
        if (terminated.Text("reason") is { Length: > 0 } reason)
        {
            return reason;
        }

        return terminated.Integer("signal") is > 0 and var signal
            ? string.Create(CultureInfo.InvariantCulture, $"Signal:{signal}")
            : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{terminated.Integer("exitCode") ?? 0}");
    }

    private void Count(JsonObject container)
    {
        _restarts += container.Integer("restartCount") ?? 0;
        _lastRestart = Later(_lastRestart, container);
    }

    private static DateTimeOffset? Later(DateTimeOffset? last, JsonObject container) =>
        Ages.Parse(container.Map("lastState").Map("terminated").Text("finishedAt")) is { } finished && (last is null || finished > last) ? finished : last;
}
