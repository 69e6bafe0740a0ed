using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.ReplicaSets;

/// <summary>A ReplicaSet as controllers see it.</summary>
internal sealed record ReplicaSetFacts : ObjectFacts
{
    private readonly string _selector;

    public ReplicaSetFacts(JsonObject set)
        : base(set)
    {
        JsonObject? spec = set.Map("spec");
        JsonObject? status = set.Map("status");
        Replicas = (int)(spec.Integer("replicas") ?? 1);
        MinReady = TimeSpan.FromSeconds(spec.Integer("minReadySeconds") ?? 0);
        Template = new PodTemplate(spec.Map("template"));
        _selector = spec.Map("selector")?.ToJsonString() ?? "null";
        Selector = PodSelector.Read(spec.Map("selector"));
        Seen = (int)(status.Integer("replicas") ?? 0);
        Ready = (int)(status.Integer("readyReplicas") ?? 0);
        Available = (int)(status.Integer("availableReplicas") ?? 0);
        Terminating = (int)(status.Integer("terminatingReplicas") ?? 0);
        ObservedGeneration = status.Integer("observedGeneration") ?? 0;
        JsonObject? failure = status.Items("conditions").Select(item => item.Item)
            .FirstOrDefault(item => item.Text("type") == "ReplicaFailure" && item.Text("status") == "True");
        Failure = failure is null ? null : (failure.Text("reason"), failure.Text("message"));
        Status = status?.ToJsonString() ?? "{}";
    }

    public int Replicas { get; }

    public TimeSpan MinReady { get; }

    public PodTemplate Template { get; }

    public PodSelector Selector { get; }

    /// <summary>Pods that its status counts.</summary>
    public int Seen { get; }

    public int Ready { get; }

    public int Available { get; }

    public int Terminating { get; }

    public long ObservedGeneration { get; }

    /// <summary>Why pods could not be made or removed; null when they could.</summary>
    public (string Reason, string Message)? Failure { get; }

    /// <summary>The status as JSON.</summary>
    public string Status { get; }

    public JsonNode? SelectorJson() => JsonNode.Parse(_selector);
}
