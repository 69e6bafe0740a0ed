using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Apps;

/// <summary>Deployment: defaults of a rollout, validation; its selector never changes.</summary>
internal sealed class DeploymentRules : KindRules
{
    private const string DefaultShare = "25%";

    private static readonly string[] Counts =
    [
        "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount",
    ];

    /// <summary>Its controller reads annotations too, so a change of them is a new generation.</summary>
    public override bool CountsAnnotations => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        ReplicaRules.Defaults(spec);
        JsonObject strategy = spec.Ensure("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            JsonObject rolling = strategy.Ensure("rollingUpdate");
            rolling.Default("maxUnavailable", DefaultShare);
            rolling.Default("maxSurge", DefaultShare);
        }

        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        obj.Ensure("status");
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject spec = obj.Map("spec") ?? [];
        ReplicaRules.Validate(spec, problems);
        Strategy(spec.Map("strategy") ?? [], problems);
        problems.NotNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"]);
        problems.NotNegative("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"]);
        if (spec.Integer("progressDeadlineSeconds") is { } deadline && deadline <= (spec.Integer("minReadySeconds") ?? 0))
        {
            problems.Invalid("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"], "must be greater than minReadySeconds");
        }

        if (old?.Map("spec") is { } before)
        {
            problems.Immutable("spec.selector", spec["selector"], before["selector"]);
        }
    }

    public override void ValidateStatus(JsonObject obj, JsonObject old, List<FieldProblem> problems) =>
        ReplicaRules.ValidateStatus(obj.Map("status"), Counts, ["updatedReplicas", "readyReplicas", "availableReplicas"], problems);

    private static void Strategy(JsonObject strategy, List<FieldProblem> problems)
    {
        const string Path = "spec.strategy";
        JsonObject? rolling = strategy.Map("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "Recreate" when rolling is not null:
                problems.Forbidden($"{Path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
                break;
            case "Recreate":
                break;
            case "RollingUpdate":
                Shares.Validate(rolling?["maxUnavailable"], $"{Path}.rollingUpdate.maxUnavailable", problems);
                Shares.Validate(rolling?["maxSurge"], $"{Path}.rollingUpdate.maxSurge", problems);
                if (Shares.IsZero(rolling?["maxUnavailable"]) && Shares.IsZero(rolling?["maxSurge"]))
                {
                    problems.Invalid($"{Path}.rollingUpdate.maxUnavailable", rolling?["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
                }

                Shares.AtMostWhole(rolling?["maxUnavailable"], $"{Path}.rollingUpdate.maxUnavailable", problems);
                break;
            default:
                problems.NotSupported($"{Path}.type", strategy["type"], ["Recreate", "RollingUpdate"]);
                break;
        }
    }
}

/// <summary>ReplicaSet.</summary>
internal sealed class ReplicaSetRules : KindRules
{
    private static readonly string[] Counts =
        ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas", "observedGeneration"];

    public override void ApplyDefaults(JsonObject obj)
    {
        ReplicaRules.Defaults(obj.Ensure("spec"));
        obj.Ensure("status").Default("replicas", 0);
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["replicas"] = 0 };

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject spec = obj.Map("spec") ?? [];
        ReplicaRules.Validate(spec, problems);
        if (old?.Map("spec") is { } before)
        {
            problems.Immutable("spec.selector", spec["selector"], before["selector"]);
        }
    }

    public override void ValidateStatus(JsonObject obj, JsonObject old, List<FieldProblem> problems) =>
        ReplicaRules.ValidateStatus(obj.Map("status"), Counts, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"], problems);
}
