using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Nodes;

/// <summary>Keeps pods off a node, or drives them away, that do not tolerate it.</summary>
internal sealed record Taint(string Key, string Value, string Effect)
{
    /// <summary>What a node has that takes no pods, as the node controller sees to.</summary>
    public const string Unschedulable = "node.kubernetes.io/unschedulable";

    public const string NoSchedule = "NoSchedule";

    /// <summary>Whether it keeps off a pod of this spec.</summary>
    public bool Repels(JsonObject spec) =>
        Effect is NoSchedule or "NoExecute" && !spec.Items("tolerations").Any(toleration => IsTolerated(toleration.Item));

    private bool IsTolerated(JsonObject toleration)
    {
        string key = toleration.Text("key");
        bool exists = toleration.Text("operator") == "Exists";
        return toleration.Text("effect") is var effect && (effect.Length == 0 || effect == Effect)
            && (key.Length == 0 ? exists : key == Key && (exists || toleration.Text("value") == Value));
    }
}

/// <summary>What the scheduler and controllers see of a Node.</summary>
internal sealed record NodeFacts : ObjectFacts
{
    public NodeFacts(JsonObject node)
        : base(node)
    {
        JsonObject? spec = node.Map("spec");
        IsUnschedulable = spec.IsTrue("unschedulable");
        Taints = [.. spec.Items("taints").Select(taint => new Taint(taint.Item.Text("key"), taint.Item.Text("value"), taint.Item.Text("effect")))];
    }

    /// <summary>Whether it takes no new pods (<c>kubectl cordon</c>).</summary>
    public bool IsUnschedulable { get; }

    public IReadOnlyList<Taint> Taints { get; }
}
