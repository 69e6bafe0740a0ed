using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.ReplicaSets;

/// <summary>The status of a ReplicaSet from its pods.</summary>
internal static class ReplicaSetStatus
{
    private const string FailureType = "ReplicaFailure";

    /// <summary>As a merge patch; what is zero or gone is null in it.</summary>
    public static JsonObject Render(
        ReplicaSetFacts set, IReadOnlyCollection<PodFacts> active, int terminating, (string Reason, string Message)? failure, DateTimeOffset now) => new()
        {
            ["replicas"] = active.Count,
            ["fullyLabeledReplicas"] = Count(active, pod => set.Template.Labels.All(label => pod.Labels.TryGetValue(label.Key, out string? value) && value == label.Value)),
            ["readyReplicas"] = Count(active, pod => pod.IsReady),
            ["availableReplicas"] = Count(active, pod => pod.IsAvailable(set.MinReady, now)),
            ["terminatingReplicas"] = terminating,
            ["observedGeneration"] = set.Generation,
            ["conditions"] = Conditions(set, failure, now),
        };

    /// <summary>Whether the stored status says all that already.</summary>
    public static bool IsWritten(ReplicaSetFacts set, JsonObject status)
    {
        JsonObject stored = JsonNode.Parse(set.Status)!.AsObject();
        return status.All(field => JsonNode.DeepEquals(field.Value, stored[field.Key])
            || (GoJson.Integer(field.Value) is { } number && number == GoJson.Integer(stored[field.Key])));
    }

    private static JsonNode? Count(IEnumerable<PodFacts> pods, Func<PodFacts, bool> wanted) => pods.Count(wanted) is > 0 and var count ? count : null;

    private static JsonArray? Conditions(ReplicaSetFacts set, (string Reason, string Message)? failure, DateTimeOffset now)
    {
        JsonArray stored = JsonNode.Parse(set.Status)!["conditions"] as JsonArray ?? [];
        JsonArray conditions = [.. stored.OfType<JsonObject>().Where(item => item.Text("type") != FailureType).Select(item => item.DeepClone())];
        if (failure is { } why)
        {
            JsonObject? known = stored.OfType<JsonObject>().FirstOrDefault(item => item.Text("type") == FailureType && item.Text("reason") == why.Reason);
            conditions.Add(known?.DeepClone() ?? new JsonObject
            {
                ["type"] = FailureType,
                ["status"] = "True",
                ["lastTransitionTime"] = Metadata.Time(now),
                ["reason"] = why.Reason,
                ["message"] = why.Message,
            });
        }

        return conditions.Count == 0 ? null : conditions;
    }
}
