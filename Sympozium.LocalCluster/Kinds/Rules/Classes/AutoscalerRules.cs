using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>HorizontalPodAutoscaler: bounds that fit each other and something to scale. Nothing measures here, so it never scales.</summary>
internal sealed class AutoscalerRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Default("minReplicas", 1);
        if (spec["metrics"] is not JsonArray { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 } },
            });
        }

        JsonObject status = obj.Ensure("status");
        status.TryAdd("currentMetrics", null);
        status.Default("desiredReplicas", 0);
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["currentMetrics"] = null, ["desiredReplicas"] = 0 };

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        long least = spec.Integer("minReplicas") ?? 1;
        long most = spec.Integer("maxReplicas") ?? 0;
        if (least < 1)
        {
            problems.Invalid("spec.minReplicas", spec!["minReplicas"], "must be greater than or equal to 1");
        }

        if (most < 1)
        {
            problems.Invalid("spec.maxReplicas", spec?["maxReplicas"] ?? 0, "must be greater than 0");
        }

        if (most < least)
        {
            problems.Invalid("spec.maxReplicas", spec?["maxReplicas"] ?? 0, "must be greater than or equal to `minReplicas`");
        }

        foreach (string part in (string[])["kind", "name"])
        {
            if (spec.Map("scaleTargetRef").Text(part).Length == 0)
            {
                problems.Required($"spec.scaleTargetRef.{part}");
            }
        }
    }
}
