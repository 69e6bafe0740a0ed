using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates what a job says failures of its pods mean.</summary>
internal static class JobFailurePolicy
{
    public static void Validate(JsonObject spec, JsonObject pod, List<FieldProblem> problems)
    {
        if (spec.Map("podFailurePolicy") is not { } policy)
        {
            return;
        }

        if (pod.Text("restartPolicy") != "Never")
        {
            problems.Invalid("spec.template.spec.restartPolicy", pod["restartPolicy"], "only \"Never\" is supported when podFailurePolicy is specified");
        }

        foreach ((int index, JsonObject rule) in policy.Items("rules"))
        {
            string path = PodValidation.At("spec.podFailurePolicy.rules", index);
            problems.OneOf($"{path}.action", rule["action"], required: true, "Count", "FailIndex", "FailJob", "Ignore");
            if (rule["onExitCodes"] is null == rule["onPodConditions"] is null)
            {
                problems.Invalid(
                    path, rule, rule["onExitCodes"] is null ? "specifying one of OnExitCodes and OnPodConditions is required" : "specifying both OnExitCodes and OnPodConditions is not supported");
            }

            if (rule.Map("onExitCodes") is { } codes)
            {
                ExitCodes(codes, $"{path}.onExitCodes", problems);
            }
        }
    }

    private static void ExitCodes(JsonObject codes, string path, List<FieldProblem> problems)
    {
        problems.OneOf($"{path}.operator", codes["operator"], required: true, "In", "NotIn");
        JsonArray values = codes["values"] as JsonArray ?? [];
        if (values.Count == 0)
        {
            problems.Invalid($"{path}.values", values, "at least one value is required");
        }

        for (int i = 0; i < values.Count; i++)
        {
            if (codes.Text("operator") == "In" && GoJson.Integer(values[i]) == 0)
            {
                problems.Invalid(PodValidation.At($"{path}.values", i), values[i], "must not be 0 for the In operator");
            }
        }
    }
}
