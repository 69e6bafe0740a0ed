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
            // Of what cannot be given away twice, the limit is the request.
            bool isExact = name.Contains('/', StringComparison.Ordinal) || name.StartsWith("hugepages-", StringComparison.Ordinal);
            if (Parse(request) is not { } least)
            {
                continue;
            }

            if (Parse(limits[name]) is not { } most)
            {
                if (isExact)
                {
                    problems.Required($"{path}.limits", "Limit must be set for non overcommitable resources");
                }
            }
            else if (isExact && least != most)
            {
                problems.Invalid($"{path}.requests", request, $"must be equal to {name} limit of {most}");
            }
            else if (least > most)
            {
                problems.Invalid($"{path}.requests", request, $"must be less than or equal to {name} limit of {most}");
            }
        }

        if (limits.Concat(requests).Any(amount => amount.Key.StartsWith("hugepages-", StringComparison.Ordinal))
            && !limits.Concat(requests).Any(amount => amount.Key is "cpu" or "memory"))
        {
            problems.Forbidden(path, "HugePages require cpu or memory");
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

            if (name.Contains('/', StringComparison.Ordinal) && Parse(amount) is { } whole && !(whole.Nanos % 1_000_000_000).IsZero)
            {
                problems.Invalid($"{path}[{name}]", amount, "must be an integer");
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
