using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Deployments;

/// <summary>One condition of a Deployment.</summary>
internal sealed record DeploymentCondition(string Type, string Status, string Reason, string Message, DateTimeOffset Updated, DateTimeOffset Changed)
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";

    public bool IsTrue => Status == "True";
}

/// <summary>The status of a Deployment. Immutable.</summary>
internal sealed record DeploymentStatus
{
    public long ObservedGeneration { get; init; }

    public int Replicas { get; init; }

    public int Updated { get; init; }

    public int Ready { get; init; }

    public int Available { get; init; }

    public int Unavailable { get; init; }

    public int? Terminating { get; init; }

    public int? Collisions { get; init; }

    public ImmutableList<DeploymentCondition> Conditions { get; init; } = [];

    public static DeploymentStatus Read(JsonObject status) => new()
    {
        ObservedGeneration = status.Integer("observedGeneration") ?? 0,
        Replicas = Count(status, "replicas") ?? 0,
        Updated = Count(status, "updatedReplicas") ?? 0,
        Ready = Count(status, "readyReplicas") ?? 0,
        Available = Count(status, "availableReplicas") ?? 0,
        Unavailable = Count(status, "unavailableReplicas") ?? 0,
        Terminating = Count(status, "terminatingReplicas"),
        Collisions = Count(status, "collisionCount"),
        Conditions =
        [
            .. status.Items("conditions").Select(item => new DeploymentCondition(
                item.Item.Text("type"), item.Item.Text("status"), item.Item.Text("reason"), item.Item.Text("message"), Time(item.Item, "lastUpdateTime"),
                Time(item.Item, "lastTransitionTime"))),
        ],
    };

    public DeploymentCondition? Find(string type) => Conditions.Find(condition => condition.Type == type);

    /// <summary>With a condition that holds from now on; one that says the same already stays as it is.</summary>
    public DeploymentStatus With(string type, string status, string reason, string message, DateTimeOffset now)
    {
        DeploymentCondition? current = Find(type);
        if (current is not null && current.Status == status && current.Reason == reason)
        {
            return this;
        }

        DateTimeOffset changed = current?.Status == status ? current.Changed : now;
        return Put(new DeploymentCondition(type, status, reason, message, now, changed));
    }

    /// <summary>With this condition instead of the one of its type, which goes to the end.</summary>
    public DeploymentStatus Put(DeploymentCondition condition) => this with { Conditions = Without(condition.Type).Conditions.Add(condition) };

    public DeploymentStatus Without(string type) => this with { Conditions = Conditions.RemoveAll(condition => condition.Type == type) };

    public bool Says(DeploymentStatus other) => this with { Conditions = [] } == other with { Conditions = [] } && Conditions.SequenceEqual(other.Conditions);

    /// <summary>As a merge patch; what is zero or gone is null in it.</summary>
    public JsonObject Render() => new()
    {
        ["observedGeneration"] = ObservedGeneration,
        ["replicas"] = OrNull(Replicas),
        ["updatedReplicas"] = OrNull(Updated),
        ["readyReplicas"] = OrNull(Ready),
        ["availableReplicas"] = OrNull(Available),
        ["unavailableReplicas"] = OrNull(Unavailable),
        ["terminatingReplicas"] = Terminating,
        ["collisionCount"] = Collisions,
        ["conditions"] = new JsonArray([.. Conditions.Select(Render)]),
    };

    private static JsonObject Render(DeploymentCondition condition) => new()
    {
        ["type"] = condition.Type,
        ["status"] = condition.Status,
        ["lastUpdateTime"] = Metadata.Time(condition.Updated),
        ["lastTransitionTime"] = Metadata.Time(condition.Changed),
        ["reason"] = condition.Reason,
        ["message"] = condition.Message,
    };

    private static JsonNode? OrNull(int count) => count == 0 ? null : count;

    private static int? Count(JsonObject status, string field) => (int?)status.Integer(field);

    private static DateTimeOffset Time(JsonObject condition, string field) =>
        DateTimeOffset.TryParse(condition.Text(field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : default;
}
