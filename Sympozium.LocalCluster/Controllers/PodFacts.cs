using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>A port that a container names.</summary>
internal sealed record NamedPort(string Name, string Protocol, int Number);

/// <summary>What controllers see of a pod.</summary>
internal sealed record PodFacts : ObjectFacts
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    public PodFacts(JsonObject pod)
        : base(pod)
    {
        JsonObject? spec = pod.Map("spec");
        JsonObject? status = pod.Map("status");
        NodeName = spec.Text("nodeName");
        Hostname = spec.Text("hostname");
        Subdomain = spec.Text("subdomain");
        Phase = status.Text("phase");
        Address = status.Text("podIP");
        JsonObject? ready = status.Items("conditions").Select(condition => condition.Item).FirstOrDefault(condition => condition.Text("type") == "Ready");
        IsReady = ready.Text("status") == "True";
        ReadySince = IsReady ? Time(ready.Text("lastTransitionTime")) : null;
        Restarts = status.Items("containerStatuses").Sum(container => container.Item.Integer("restartCount") ?? 0);
        Cost = Annotations.TryGetValue(DeletionCost, out string? cost) && int.TryParse(cost, out int number) ? number : 0;
        Ports =
        [
            .. spec.Items("containers").Concat(spec.Items("initContainers").Where(container => container.Item.Text("restartPolicy") == "Always"))
                .SelectMany(container => container.Item.Items("ports")).Where(port => port.Item.Text("name").Length > 0)
                .Select(port => new NamedPort(port.Item.Text("name"), port.Item.Text("protocol"), (int)(port.Item.Integer("containerPort") ?? 0))),
        ];
    }

    public string NodeName { get; }

    public string Hostname { get; }

    public string Subdomain { get; }

    public string Phase { get; }

    /// <summary>Empty until the pod has one.</summary>
    public string Address { get; }

    public bool IsReady { get; }

    public DateTimeOffset? ReadySince { get; }

    public long Restarts { get; }

    /// <summary>What it costs to lose this pod, as its annotation says; pods that cost less go first.</summary>
    public int Cost { get; }

    public IReadOnlyList<NamedPort> Ports { get; }

    public bool IsFinished => Phase is "Succeeded" or "Failed";

    public bool IsActive => !IsFinished && !IsDeleting;

    /// <summary>Whether it has been ready for that long.</summary>
    public bool IsAvailable(TimeSpan least, DateTimeOffset now) => IsReady && (least == TimeSpan.Zero || (ReadySince is { } since && since + least <= now));
}
