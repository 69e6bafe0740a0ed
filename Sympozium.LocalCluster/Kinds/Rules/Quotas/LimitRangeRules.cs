using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Quotas;

/// <summary>LimitRange: what is not said follows from what is; bounds and defaults must fit each other.</summary>
internal sealed class LimitRangeRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        foreach ((_, JsonObject limit) in obj.Ensure("spec").Items("limits").Where(limit => limit.Item.Text("type") == "Container"))
        {
            Complete(limit, "default", limit.Map("max"));
            Complete(limit, "defaultRequest", limit.Map("default"));
            Complete(limit, "defaultRequest", limit.Map("min"));
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        HashSet<string> types = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject limit) in obj.Map("spec").Items("limits"))
        {
            string path = $"spec.limits[{index}]";
            string type = limit.Text("type");
            if (type.Length == 0)
            {
                problems.Required($"{path}.type");
            }
            else if (!type.Contains('/', StringComparison.Ordinal) && type is not ("Container" or "Pod" or "PersistentVolumeClaim"))
            {
                problems.Invalid($"{path}.type", type, ["must be a standard limit type or fully qualified"]);
            }

            if (!types.Add(type))
            {
                problems.Duplicate($"{path}.type", limit["type"]);
            }

            Check(limit, type, path, problems);
        }
    }

    private static void Complete(JsonObject limit, string part, JsonObject? from)
    {
        foreach ((string name, JsonNode? amount) in from?.ToList() ?? [])
        {
            JsonObject amounts = limit.Ensure(part);
            amounts[name] ??= amount?.DeepClone();
        }
    }

    private static void Check(JsonObject limit, string type, string path, List<FieldProblem> problems)
    {
        if (type == "Pod")
        {
            foreach (string part in (string[])["default", "defaultRequest"])
            {
                if (limit.Map(part) is { Count: > 0 })
                {
                    problems.Forbidden($"{path}.{part}", "may not be specified when `type` is 'Pod'");
                }
            }
        }

        if (type == "PersistentVolumeClaim" && limit.Map("min")?["storage"] is null && limit.Map("max")?["storage"] is null)
        {
            problems.Required($"{path}.limits", "either minimum or maximum storage value is required, but neither was provided");
        }

        // In this order each pair is compared; the first word names the lesser one.
        (string Part, string Word)[] order = [("min", "min value"), ("defaultRequest", "default request value"), ("default", "default value"), ("max", "max value")];
        for (int lower = 0; lower < order.Length; lower++)
        {
            for (int upper = lower + 1; upper < order.Length; upper++)
            {
                Compare(limit, path, order[lower], order[upper], problems);
            }
        }
    }

    private static void Compare(JsonObject limit, string path, (string Part, string Word) lower, (string Part, string Word) upper, List<FieldProblem> problems)
    {
        Dictionary<string, Quantity> most = Amounts.Read(limit.Map(upper.Part));
        foreach ((string name, Quantity least) in Amounts.Read(limit.Map(lower.Part)))
        {
            if (most.TryGetValue(name, out Quantity bound) && least > bound)
            {
                string about = lower.Part == "min" && upper.Part != "max" ? upper.Part : lower.Part;
                Quantity shown = about == lower.Part ? least : bound;
                problems.Invalid($"{path}.{about}[{name}]", shown.ToString(), [$"{lower.Word} {least} is greater than {upper.Word} {bound}"]);
            }
        }
    }
}
