using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>CPU and memory of pods.</summary>
internal static class PodResources
{
    /// <summary>How the pod is treated when resources get scarce.</summary>
    public static string QosClass(JsonObject spec)
    {
        bool guaranteed = true, any = false;
        foreach (string list in (string[])["initContainers", "containers"])
        {
            foreach ((_, JsonObject container) in spec.Items(list))
            {
                JsonObject? limits = container.Map("resources").Map("limits");
                JsonObject? requests = container.Map("resources").Map("requests");
                foreach (string name in (string[])["cpu", "memory"])
                {
                    any |= limits?[name] is not null || requests?[name] is not null;
                    guaranteed &= limits?[name] is not null && (requests?[name] is null || JsonNode.DeepEquals(limits[name], requests[name]));
                }
            }
        }

        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    public static void Validate(JsonObject? resources, string path, List<FieldProblem> problems)
    {
        JsonObject limits = resources.Map("limits") ?? [];
        JsonObject requests = resources.Map("requests") ?? [];
        Amounts(limits, $"{path}.limits", problems);
        Amounts(requests, $"{path}.requests", problems);
        foreach ((string name, JsonNode? request) in requests)
        {
            if (Parse(request) is { } least && Parse(limits[name]) is { } most && least > most)
            {
                problems.Invalid($"{path}.requests", request, $"must be less than or equal to {name} limit of {most}");
            }
        }
    }

    private static void Amounts(JsonObject amounts, string path, List<FieldProblem> problems)
    {
        foreach ((string name, JsonNode? amount) in amounts)
        {
            if (Parse(amount) is { Nanos.Sign: < 0 })
            {
                problems.Invalid($"{path}[{name}]", amount, "must be greater than or equal to 0");
            }

            bool known = name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal);
            if (!known && !name.Contains('/', StringComparison.Ordinal))
            {
                problems.Invalid($"{path}[{name}]", name, ["must be a standard resource type or fully qualified", "must be a standard resource for containers"]);
            }
        }
    }

    private static Quantity? Parse(JsonNode? node) => GoJson.Text(node) is { } text && Quantity.TryParse(text, out Quantity quantity) ? quantity : null;
}
