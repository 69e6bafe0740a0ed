using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>HorizontalPodAutoscaler in both its versions: bounds that fit each other and something to scale. Nothing measures here, so it never scales.</summary>
internal sealed class AutoscalerRules : KindRules
{
    private static readonly string[] Sources = ["containerResource", "external", "object", "pods", "resource"];

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Default("minReplicas", 1);
        if (IsOlder(obj))
        {
            JsonObject counts = obj.Ensure("status");
            counts.Default("currentReplicas", 0);
            counts.Default("desiredReplicas", 0);
            return;
        }

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

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = IsOlder(obj)
        ? new JsonObject { ["currentReplicas"] = 0, ["desiredReplicas"] = 0 }
        : new JsonObject { ["currentMetrics"] = null, ["desiredReplicas"] = 0 };

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

        foreach ((int index, JsonObject metric) in spec.Items("metrics"))
        {
            Metric(metric, string.Create(CultureInfo.InvariantCulture, $"spec.metrics[{index}]"), problems);
        }
    }

    private static void Metric(JsonObject metric, string path, List<FieldProblem> problems)
    {
        problems.OneOf($"{path}.type", metric["type"], required: true, "ContainerResource", "External", "Object", "Pods", "Resource");
        string type = metric.Text("type");
        string source = type.Length == 0 ? "" : char.ToLowerInvariant(type[0]) + type[1..];
        if (source is not ("containerResource" or "external" or "object" or "pods" or "resource"))
        {
            return;
        }

        foreach (string other in Sources.Where(other => other != source && metric[other] is not null))
        {
            problems.Forbidden($"{path}.{other}", "must populate the given metric source only");
        }

        if (metric.Map(source) is not { } measured)
        {
            problems.Required($"{path}.{source}", "must populate information for the given metric source");
            return;
        }

        if (type is "Resource" or "ContainerResource")
        {
            Resource(measured, $"{path}.{source}", problems);
        }
    }

    private static void Resource(JsonObject measured, string path, List<FieldProblem> problems)
    {
        if (measured.Text("name").Length == 0)
        {
            problems.Required($"{path}.name", "must specify a resource name");
        }

        JsonObject? target = measured.Map("target");
        problems.OneOf($"{path}.target.type", target?["type"], required: true, "Utilization", "Value", "AverageValue");
        if (target.Integer("averageUtilization") is < 1)
        {
            problems.Invalid($"{path}.target.averageUtilization", target!["averageUtilization"], "must be greater than 0");
        }

        if (target?["averageUtilization"] is null && target?["averageValue"] is null)
        {
            problems.Required($"{path}.target.averageUtilization", "must set either a target raw value or a target utilization");
        }
        else if (target["averageUtilization"] is not null && target["averageValue"] is not null)
        {
            problems.Forbidden($"{path}.target.averageValue", "may not set both a target raw value and a target utilization");
        }
    }

    private static bool IsOlder(JsonObject obj) => obj.Text("apiVersion") == "autoscaling/v1";
}
