using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// The two ways to write one HorizontalPodAutoscaler: <c>autoscaling/v2</c>, which is stored, and <c>autoscaling/v1</c>, which has a field for the
/// processor and annotations for everything else, so that nothing is lost on the way there and back.
/// </summary>
internal static class AutoscalerForms
{
    private const string Group = "autoscaling";
    private const string Percentage = "targetCPUUtilizationPercentage";
    private const string CurrentPercentage = "currentCPUUtilizationPercentage";
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";
    private const string CurrentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics";
    private const string Processor = "cpu";

    /// <summary>What counts when an autoscaler names nothing to measure.</summary>
    private const int DefaultPercentage = 80;

    /// <summary>Whether this is the form that is not stored.</summary>
    public static bool IsOlder(ResourceType type) => type is { Group: Group, Version: "v1", Kind: "HorizontalPodAutoscaler" };

    /// <summary>Changes an autoscaler of the older form into the stored one, in place.</summary>
    public static void ToStored(JsonObject resource)
    {
        resource["apiVersion"] = "autoscaling/v2";
        JsonObject spec = resource.Ensure("spec");
        JsonObject status = resource.Ensure("status");
        JsonArray metrics = Taken(resource, Metrics) as JsonArray ?? [];
        JsonArray measured = Taken(resource, CurrentMetrics) as JsonArray ?? [];
        if (spec[Percentage] is { } percent)
        {
            metrics.Insert(0, OfProcessor("target", percent.DeepClone(), ("type", "Utilization")));
        }
        else if (metrics.Count == 0)
        {
            metrics.Add((JsonNode)OfProcessor("target", DefaultPercentage, ("type", "Utilization")));
        }

        if (status[CurrentPercentage] is { } current)
        {
            measured.Insert(0, OfProcessor("current", current.DeepClone()));
        }

        spec.Remove(Percentage);
        status.Remove(CurrentPercentage);
        if (status.Integer("currentReplicas") == 0)
        {
            status.Remove("currentReplicas");
        }

        spec["metrics"] = metrics;
        status["currentMetrics"] = measured.Count > 0 ? measured : null;
        Restore(resource, Behavior, spec, "behavior");
        Restore(resource, Conditions, status, "conditions");
    }

    /// <summary>Changes a stored autoscaler into the older form, in place.</summary>
    public static void ToOlder(JsonObject resource)
    {
        resource["apiVersion"] = "autoscaling/v1";
        JsonObject spec = resource.Ensure("spec");
        JsonObject status = resource.Ensure("status");
        JsonArray metrics = spec["metrics"] as JsonArray ?? [];
        JsonArray measured = status["currentMetrics"] as JsonArray ?? [];
        spec.Remove("metrics");
        status.Remove("currentMetrics");
        if (TakeProcessor(metrics, "target") is { } percent)
        {
            spec[Percentage] = percent;
        }

        if (TakeProcessor(measured, "current") is { } current)
        {
            status[CurrentPercentage] = current;
        }

        status.Default("currentReplicas", 0);
        Keep(resource, Metrics, metrics.Count > 0 ? metrics : null);
        Keep(resource, CurrentMetrics, measured.Count > 0 ? measured : null);
        Keep(resource, Behavior, spec["behavior"]);
        Keep(resource, Conditions, status["conditions"]);
        spec.Remove("behavior");
        status.Remove("conditions");
    }

    private static JsonObject OfProcessor(string part, JsonNode percent, params (string Name, string Value)[] more)
    {
        var amount = new JsonObject(more.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)m.Value))) { ["averageUtilization"] = percent };
        return new JsonObject { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = Processor, [part] = amount } };
    }

    /// <summary>Takes the first share of the processor out of a list of metrics.</summary>
    private static JsonNode? TakeProcessor(JsonArray metrics, string part)
    {
        JsonObject? found = metrics.OfType<JsonObject>().FirstOrDefault(
            m => m.Text("type") == "Resource" && m.Map("resource").Text("name") == Processor && m.Map("resource").Map(part)?["averageUtilization"] is not null);
        metrics.Remove(found);
        return found.Map("resource").Map(part)?["averageUtilization"]?.DeepClone();
    }

    private static void Keep(JsonObject resource, string annotation, JsonNode? value)
    {
        if (value is not null)
        {
            resource.Ensure("metadata").Ensure("annotations")[annotation] = value.ToJsonString();
        }
    }

    private static void Restore(JsonObject resource, string annotation, JsonObject into, string field)
    {
        if (Taken(resource, annotation) is { } value)
        {
            into[field] = value;
        }
    }

    private static JsonNode? Taken(JsonObject resource, string annotation)
    {
        JsonObject? metadata = resource.Map("metadata");
        JsonObject? annotations = metadata.Map("annotations");
        if (annotations is null || GoJson.Text(annotations[annotation]) is not { } text)
        {
            return null;
        }

        annotations.Remove(annotation);
        if (annotations.Count == 0)
        {
            metadata!.Remove("annotations");
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // Written by somebody who did not mean it for this; the field then has its default.
            return null;
        }
    }
}
