using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Pod: defaults, what admission adds, validation, and the few fields that may change.</summary>
internal sealed class PodRules : KindRules
{
    /// <summary>The subresource that adds containers to a pod that runs.</summary>
    public const string EphemeralContainers = "ephemeralcontainers";

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        PodDefaults.Apply(spec);
        PodDefaults.RequestsFromLimits(spec);
        spec.Default("enableServiceLinks", true);
        foreach ((_, JsonObject condition) in obj.Ensure("status").Items("conditions"))
        {
            condition.TryAdd("lastProbeTime", null);
            condition.TryAdd("lastTransitionTime", null);
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        PodAdmission.Apply(spec);
        obj["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodResources.QosClass(spec) };
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        if (old is null)
        {
            PodValidation.Spec(obj.Map("spec") ?? [], "spec", problems);
            if (obj.Map("spec")?["ephemeralContainers"] is JsonArray { Count: > 0 })
            {
                problems.Forbidden("spec.ephemeralContainers", "cannot be set on create");
            }

            return;
        }

        PodUpdates.Validate(obj.Map("spec") ?? [], old.Map("spec") ?? [], problems);
    }
}
