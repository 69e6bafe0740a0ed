using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Validations;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>What makes a schema structural: every field has a type, and nothing that pruning could not follow.</summary>
internal static class StructuralRules
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    private static readonly string[] NotAllowed = ["$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id"];

    public static void Validate(JsonObject schema, string path, bool isRoot, List<FieldProblem> problems)
    {
        RuleCosts costs = new();
        Validate(schema, path, isRoot, new RulePlace(null, 1, costs), problems);
        costs.Sum(path, problems);
    }

    private static void Validate(JsonObject schema, string path, bool isRoot, RulePlace place, List<FieldProblem> problems)
    {
        string type = schema.Text("type");
        Type(schema, path, type, isRoot, problems);
        foreach (string field in NotAllowed)
        {
            if (schema.ContainsKey(field))
            {
                problems.Forbidden($"{path}.{field}", $"{field} is not supported");
            }
        }

        if (schema.IsTrue("uniqueItems"))
        {
            problems.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }

        Lists(schema, path, type, problems);
        Default(schema, path, problems);
        if (schema.Text("pattern") is { Length: > 0 } pattern && !Patterns.IsPattern(pattern))
        {
            problems.Invalid($"{path}.pattern", pattern, ["must be a valid regular expression, but isn't"]);
        }

        StructuralShape.Validate(schema, path, isRoot, problems);
        ValidationChecks.Validate(schema, path, isRoot, place, problems);
        Children(schema, path, place, problems);
    }

    private static void Type(JsonObject schema, string path, string type, bool isRoot, List<FieldProblem> problems)
    {
        bool free = schema.IsTrue("x-kubernetes-int-or-string") || schema.IsTrue("x-kubernetes-preserve-unknown-fields");
        if (type.Length == 0 && (isRoot || !free))
        {
            string thing = path.EndsWith(']') ? "for specified object fields" : "for specified array items";
            problems.Required($"{path}.type", $"must not be empty {(isRoot ? "at the root" : thing)}");
        }
        else if (type.Length > 0 && !Types.Contains(type))
        {
            problems.NotSupported($"{path}.type", type, Types);
        }

        if (type == "array" && schema["items"] is null)
        {
            problems.Required($"{path}.items", "must be specified");
        }
    }

    private static void Children(JsonObject schema, string path, RulePlace place, List<FieldProblem> problems)
    {
        foreach ((string name, JsonNode? child) in schema.Map("properties") ?? [])
        {
            if (child is JsonObject property)
            {
                Validate(property, $"{path}.properties[{name}]", isRoot: false, place, problems);
            }
        }

        if (schema.Map("items") is { } items)
        {
            Validate(items, $"{path}.items", isRoot: false, place.OfItems(schema, $"{path}.items"), problems);
        }

        if (schema["additionalProperties"] is null)
        {
            return;
        }

        if (schema.Map("properties") is { Count: > 0 })
        {
            problems.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }

        if (schema.Map("additionalProperties") is { } additional)
        {
            Validate(additional, $"{path}.additionalProperties", isRoot: false, place.OfValues(schema), problems);
        }
        else if (GoJson.Flag(schema["additionalProperties"]) == false)
        {
            problems.Forbidden($"{path}.additionalProperties", "additionalProperties cannot be set to false");
        }
    }

    private static void Lists(JsonObject schema, string path, string type, List<FieldProblem> problems)
    {
        string list = schema.Text("x-kubernetes-list-type");
        if (list.Length == 0)
        {
            return;
        }

        if (type != "array")
        {
            problems.Invalid($"{path}.type", type, ["must be array if x-kubernetes-list-type is specified"]);
        }

        problems.OneOf($"{path}.x-kubernetes-list-type", schema["x-kubernetes-list-type"], required: false, "atomic", "map", "set");
        if (list != "map")
        {
            return;
        }

        JsonArray keys = schema["x-kubernetes-list-map-keys"] as JsonArray ?? [];
        if (keys.Count == 0)
        {
            problems.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }

        JsonObject? item = schema.Map("items");
        for (int i = 0; i < keys.Count; i++)
        {
            string key = GoJson.Text(keys[i]) ?? "";
            string at = string.Create(CultureInfo.InvariantCulture, $"{path}.x-kubernetes-list-map-keys[{i}]");
            if (item.Map("properties").Map(key) is not { } property)
            {
                problems.Invalid(at, key, ["entries must all be names of item properties"]);
            }
            else if ((item?["required"] as JsonArray)?.Any(name => GoJson.Text(name) == key) != true && property["default"] is null)
            {
                problems.Required($"{path}.items.properties[{key}].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            }
        }
    }

    /// <summary>A default must itself be valid.</summary>
    private static void Default(JsonObject schema, string path, List<FieldProblem> problems)
    {
        if (schema["default"] is not { } value)
        {
            return;
        }

        List<FieldProblem> wrong = [];
        new SchemaValidator(wrong).Validate(Schema.Parse(schema), value);
        foreach (FieldProblem problem in wrong)
        {
            problems.Add(problem with { Path = problem.Path.Length == 0 ? $"{path}.default" : $"{path}.default.{problem.Path}" });
        }
    }
}
