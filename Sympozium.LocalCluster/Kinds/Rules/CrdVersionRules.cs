using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>What one version of a CustomResourceDefinition says beside its schema: replica paths, selectable fields, deprecation.</summary>
internal static class CrdVersionRules
{
    private const int MostSelectableFields = 8;

    public static void Validate(JsonObject version, string path, bool single, List<FieldProblem> problems)
    {
        if (version["deprecationWarning"] is { } warning)
        {
            if (!version.IsTrue("deprecated"))
            {
                problems.Invalid($"{path}.deprecationWarning", warning, "can only be set for deprecated versions");
            }
            else if (version.Text("deprecationWarning").Trim().Length == 0)
            {
                problems.Invalid($"{path}.deprecationWarning", warning, "must be non-empty if specified");
            }
        }

        if (version.Map("subresources").Map("scale") is { } scale)
        {
            string at = single ? "spec.subresources.scale" : $"{path}.subresources.scale";
            Replicas(scale, "specReplicasPath", ".spec.", "should be a json path under .spec", at, problems);
            Replicas(scale, "statusReplicasPath", ".status.", "should be a json path under .status", at, problems);
            if (scale.Text("labelSelectorPath") is { Length: > 0 } selector && !selector.StartsWith(".spec.", StringComparison.Ordinal) && !selector.StartsWith(".status.", StringComparison.Ordinal))
            {
                problems.Invalid($"{at}.labelSelectorPath", selector, ["should be a json path under either .spec or .status"]);
            }
        }

        Selectable(version, single ? "spec.selectableFields" : $"{path}.selectableFields", problems);
    }

    private static void Replicas(JsonObject scale, string field, string prefix, string detail, string at, List<FieldProblem> problems)
    {
        string path = scale.Text(field);
        if (path.Length == 0)
        {
            problems.Required($"{at}.{field}");
        }
        else if (!path.StartsWith('.'))
        {
            problems.Invalid($"{at}.{field}", path, ["must be a simple json path starting with ."]);
        }
        else if (!path.StartsWith(prefix, StringComparison.Ordinal))
        {
            problems.Invalid($"{at}.{field}", path, [detail]);
        }
    }

    private static void Selectable(JsonObject version, string path, List<FieldProblem> problems)
    {
        JsonArray fields = version["selectableFields"] as JsonArray ?? [];
        if (fields.Count > MostSelectableFields)
        {
            problems.TooMany(path, fields.Count, MostSelectableFields);
        }

        Schema schema = version.Map("schema").Map("openAPIV3Schema") is { } json ? Schema.Parse(json) : Schema.Open;
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < fields.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}].jsonPath");
            string field = (fields[i] as JsonObject).Text("jsonPath");
            if (field.Length == 0)
            {
                problems.Required(at);
                continue;
            }

            if (!seen.Add(field))
            {
                problems.Duplicate(at, field);
            }

            Schema? target = field.StartsWith('.')
                ? field[1..].Split('.').Aggregate((Schema?)schema, (node, step) => node is not null && node.Properties.TryGetValue(step, out Schema? child) ? child : null)
                : null;
            if (target is null)
            {
                problems.Invalid(at, field, [$"is an invalid path: does not refer to a valid field"]);
            }
            else if (target.Type is not ("string" or "boolean" or "integer"))
            {
                problems.Invalid(at, field, [$"must point to a field with a type of string, boolean or integer. fields with a type of {target.Type ?? "any"} are not supported"]);
            }
            else if (field.StartsWith(".metadata", StringComparison.Ordinal))
            {
                problems.Invalid(at, field, ["must not point to fields in metadata"]);
            }
        }
    }
}
