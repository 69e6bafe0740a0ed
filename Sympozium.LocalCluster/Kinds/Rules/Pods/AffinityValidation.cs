using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Where a pod wants to be placed.</summary>
internal static class AffinityValidation
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Validate(JsonObject? affinity, string path, List<FieldProblem> problems)
    {
        if (affinity.Map("nodeAffinity") is { } nodes)
        {
            if (nodes.Map(Required) is { } required)
            {
                NodeSelector(required, $"{path}.nodeAffinity.{Required}", problems);
            }

            foreach ((int index, JsonObject term) in nodes.Items(Preferred))
            {
                string at = $"{path}.nodeAffinity.{Preferred}[{index}]";
                Weight(term, at, problems);
                Term(term.Map("preference"), $"{at}.preference", problems);
            }
        }

        foreach (string kind in (string[])["podAffinity", "podAntiAffinity"])
        {
            JsonObject? pods = affinity.Map(kind);
            foreach ((int index, JsonObject term) in pods.Items(Required))
            {
                PodTerm(term, $"{path}.{kind}.{Required}[{index}]", problems);
            }

            foreach ((int index, JsonObject term) in pods.Items(Preferred))
            {
                string at = $"{path}.{kind}.{Preferred}[{index}]";
                Weight(term, at, problems);
                PodTerm(term.Map("podAffinityTerm") ?? [], $"{at}.podAffinityTerm", problems);
            }
        }
    }

    public static void NodeSelector(JsonObject selector, string path, List<FieldProblem> problems)
    {
        if (!selector.Items("nodeSelectorTerms").Any())
        {
            problems.Required($"{path}.nodeSelectorTerms", "must have at least one node selector term");
        }

        foreach ((int index, JsonObject term) in selector.Items("nodeSelectorTerms"))
        {
            Term(term, $"{path}.nodeSelectorTerms[{index}]", problems);
        }
    }

    private static void Term(JsonObject? term, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject requirement) in term.Items("matchExpressions"))
        {
            string at = $"{path}.matchExpressions[{index}]";
            Requirement(requirement, at, problems);
            problems.Invalid($"{at}.key", requirement.Text("key"), Names.QualifiedName(requirement.Text("key")));
        }

        foreach ((int index, JsonObject requirement) in term.Items("matchFields"))
        {
            string at = $"{path}.matchFields[{index}]";
            if (requirement.Text("operator") is not ("In" or "NotIn"))
            {
                problems.Invalid($"{at}.operator", requirement["operator"], "not a valid selector operator");
            }
            else if ((requirement["values"] as JsonArray)?.Count != 1)
            {
                problems.Required($"{at}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
            }

            if (requirement.Text("key") != "metadata.name")
            {
                problems.Invalid($"{at}.key", requirement["key"], "not a valid field selector key");
            }
        }
    }

    private static void Requirement(JsonObject requirement, string path, List<FieldProblem> problems)
    {
        int values = (requirement["values"] as JsonArray)?.Count ?? 0;
        switch (requirement.Text("operator"))
        {
            case "In" or "NotIn":
                if (values == 0)
                {
                    problems.Required($"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                }

                break;
            case "Exists" or "DoesNotExist":
                if (values > 0)
                {
                    problems.Forbidden($"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }

                break;
            case "Gt" or "Lt":
                if (values != 1)
                {
                    problems.Required($"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
                }

                break;
            default:
                problems.Invalid($"{path}.operator", requirement["operator"] ?? "", "not a valid selector operator");
                break;
        }
    }

    private static void Weight(JsonObject term, string path, List<FieldProblem> problems)
    {
        if (term.Integer("weight") is not (>= 1 and <= 100))
        {
            problems.Invalid($"{path}.weight", term["weight"] ?? 0, "must be in the range 1-100");
        }
    }

    private static void PodTerm(JsonObject term, string path, List<FieldProblem> problems)
    {
        foreach (string selector in (string[])["labelSelector", "namespaceSelector"])
        {
            if (term.Map(selector) is { } found)
            {
                LabelSelectorRules.Validate(found, $"{path}.{selector}", problems);
            }
        }

        string key = term.Text("topologyKey");
        if (key.Length == 0)
        {
            problems.Required($"{path}.topologyKey", "can not be empty");
        }

        problems.Invalid($"{path}.topologyKey", key, Names.QualifiedName(key));
    }
}
