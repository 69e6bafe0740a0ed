using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>What of a pod's spec may change once it exists.</summary>
internal static class PodUpdates
{
    private const string Allowed = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
        + "(allow it to be set to 1 if it was previously negative)";

    public static void Validate(JsonObject now, JsonObject before, List<FieldProblem> problems)
    {
        if (JsonNode.DeepEquals(now, before))
        {
            return;
        }

        string[] gone = [.. Containers(before).Except(Containers(now), StringComparer.Ordinal)];
        if (gone.Length > 0 || Containers(now).Count() != Containers(before).Count())
        {
            problems.Forbidden("spec.containers", "pod updates may not add or remove containers");
            return;
        }

        foreach (string list in (string[])["containers", "initContainers"])
        {
            foreach ((int index, JsonObject container) in now.Items(list))
            {
                if (container.Text("image").Length == 0)
                {
                    problems.Required($"{PodValidation.At($"spec.{list}", index)}.image");
                }
            }
        }

        Deadline(now, before, problems);
        Gates(now, before, problems);
        if (!TolerationsOnlyAdded(now, before) || !JsonNode.DeepEquals(WithoutChangeable(now), WithoutChangeable(before)))
        {
            problems.Forbidden("spec", Allowed);
        }
    }

    /// <summary>Gates may be lifted, never added.</summary>
    private static void Gates(JsonObject now, JsonObject before, List<FieldProblem> problems)
    {
        HashSet<string> known = [.. before.Items("schedulingGates").Select(gate => gate.Item.Text("name"))];
        foreach ((_, JsonObject gate) in now.Items("schedulingGates"))
        {
            if (!known.Contains(gate.Text("name")))
            {
                problems.Forbidden("spec.schedulingGates", "only deletion is allowed, but found new scheduling gate '" + gate.Text("name") + "'");
            }
        }
    }

    private static void Deadline(JsonObject now, JsonObject before, List<FieldProblem> problems)
    {
        long? deadline = now.Integer("activeDeadlineSeconds");
        long? old = before.Integer("activeDeadlineSeconds");
        if (deadline is < 1 or > int.MaxValue)
        {
            problems.Invalid("spec.activeDeadlineSeconds", now["activeDeadlineSeconds"], "must be between 1 and 2147483647, inclusive");
        }
        else if (old is not null && (deadline is null || deadline > old))
        {
            problems.Invalid(
                "spec.activeDeadlineSeconds",
                now["activeDeadlineSeconds"],
                deadline is null ? "must not update from a positive integer to nil value" : "must be less than or equal to previous value");
        }
    }

    private static bool TolerationsOnlyAdded(JsonObject now, JsonObject before) => before.Items("tolerations")
        .All(old => now.Items("tolerations").Any(toleration => JsonNode.DeepEquals(toleration.Item, old.Item)));

    private static IEnumerable<string> Containers(JsonObject spec) =>
        spec.Items("containers").Concat(spec.Items("initContainers")).Select(container => container.Item.Text("name"));

    private static JsonObject WithoutChangeable(JsonObject spec)
    {
        JsonObject rest = spec.DeepClone().AsObject();
        rest.Remove("activeDeadlineSeconds");
        rest.Remove("tolerations");
        rest.Remove("schedulingGates");
        foreach ((_, JsonObject container) in rest.Items("containers").Concat(rest.Items("initContainers")))
        {
            container.Remove("image");
        }

        return rest;
    }
}
