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

        if (spec.Text("podReplacementPolicy") is { Length: > 0 } and not "Failed")
        {
            problems.NotSupported("spec.podReplacementPolicy", spec["podReplacementPolicy"], ["Failed"]);
        }

        string?[] names = [.. pod.Items("containers").Concat(pod.Items("initContainers")).Select(c => c.Item.Text("name"))];
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
                if (codes["containerName"] is { } named && !names.Contains((string?)named))
                {
                    problems.Invalid($"{path}.onExitCodes.containerName", named, "must be one of the container or initContainer names in the pod template");
                }
            }

            if (rule.Text("action") == "FailIndex" && spec["backoffLimitPerIndex"] is null)
            {
                problems.Invalid($"{path}.action", rule["action"], "requires the backoffLimitPerIndex to be set");
            }

            foreach ((int at, JsonObject condition) in rule.Items("onPodConditions"))
            {
                problems.OneOf(PodValidation.At($"{path}.onPodConditions", at) + ".status", condition["status"], required: true, "False", "True", "Unknown");
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

        for (int i = 1; i < values.Count; i++)
        {
            if (GoJson.Integer(values[i]) is { } value && GoJson.Integer(values[i - 1]) is { } before && value <= before)
            {
                if (value == before)
                {
                    problems.Duplicate(PodValidation.At($"{path}.values", i), values[i]);
                }
                else
                {
                    problems.Invalid($"{path}.values", values, "must be ordered");
                    break;
                }
            }
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
