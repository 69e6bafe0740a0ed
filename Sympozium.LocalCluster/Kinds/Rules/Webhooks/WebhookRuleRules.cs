using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Webhooks;

/// <summary>What a rule of a webhook may say: which operations on which resources.</summary>
internal static class WebhookRuleRules
{
    private const string Any = "*";

    private static readonly string[] Operations = [Any, "CONNECT", "CREATE", "DELETE", "UPDATE"];

    public static void Validate(JsonObject rule, string path, List<FieldProblem> problems)
    {
        JsonArray operations = List(rule, "operations", path, "operations", problems);
        for (int i = 0; i < operations.Count; i++)
        {
            if (!Operations.Contains(GoJson.Text(operations[i])))
            {
                problems.NotSupported(At(path, "operations", i), operations[i], Operations);
            }
        }

        List(rule, "apiGroups", path, "API groups", problems);
        Named(List(rule, "apiVersions", path, "API versions", problems), path, "apiVersions", problems);
        Resources(rule["resources"] as JsonArray ?? [], path, problems);
        problems.OneOf($"{path}.scope", rule["scope"], required: false, Any, "Cluster", "Namespaced");
    }

    private static JsonArray List(JsonObject rule, string field, string path, string what, List<FieldProblem> problems)
    {
        JsonArray list = rule[field] as JsonArray ?? [];
        if (list.Count == 0)
        {
            problems.Required($"{path}.{field}");
        }
        else if (list.Count > 1 && list.Any(item => GoJson.Text(item) == Any))
        {
            problems.Invalid($"{path}.{field}", list, $"if '*' is present, must not specify other {what}");
        }

        return list;
    }

    private static void Named(JsonArray list, string path, string field, List<FieldProblem> problems)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (string.IsNullOrEmpty(GoJson.Text(list[i])))
            {
                problems.Required(At(path, field, i));
            }
        }
    }

    private static void Resources(JsonArray resources, string path, List<FieldProblem> problems)
    {
        if (resources.Count == 0)
        {
            problems.Required($"{path}.resources");
        }

        HashSet<string> names = resources.Select(item => GoJson.Text(item) ?? "").ToHashSet(StringComparer.Ordinal);
        if (names.Count > 1 && names.Contains("*/*"))
        {
            problems.Invalid($"{path}.resources", resources, "if '*/*' is present, must not specify other resources");
        }

        Named(resources, path, "resources", problems);
        for (int i = 0; i < resources.Count; i++)
        {
            Covered(resources, i, names, path, problems);
        }
    }

    /// <summary>A resource that another entry names already.</summary>
    private static void Covered(JsonArray resources, int index, HashSet<string> names, string path, List<FieldProblem> problems)
    {
        string[] parts = (GoJson.Text(resources[index]) ?? "").Split('/', 2);
        string at = At(path, "resources", index);
        if (parts.Length == 1)
        {
            if (names.Count > 1 && parts[0] == Any && names.Any(name => name != Any && !name.Contains('/', StringComparison.Ordinal)))
            {
                problems.Invalid($"{path}.resources", resources, "if '*' is present, must not specify other resources without subresources");
            }
        }
        else if (parts[1] != Any && names.Contains($"{parts[0]}/*"))
        {
            problems.Invalid(at, resources[index], $"if '{parts[0]}/*' is present, must not specify {parts[0]}/{parts[1]}");
        }
        else if (parts[0] != Any && names.Contains($"*/{parts[1]}"))
        {
            problems.Invalid(at, resources[index], $"if '*/{parts[1]}' is present, must not specify {parts[0]}/{parts[1]}");
        }
    }

    private static string At(string path, string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}.{field}[{index}]");
}
