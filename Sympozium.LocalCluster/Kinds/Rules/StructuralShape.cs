using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>
/// What the extensions and combinations of a structural schema may not be: value validations (allOf, anyOf, oneOf, not) say nothing of
/// types, defaults or pruning, and embedded resources are objects.
/// </summary>
internal static class StructuralShape
{
    private static readonly string[] Combinations = ["allOf", "anyOf", "oneOf"];

    private static readonly string[] Texts = ["title", "description"];

    private static readonly string[] Flags =
        ["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"];

    private static readonly string[] Undefined =
        ["x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "additionalProperties", "default"];

    public static void Validate(JsonObject schema, string path, bool isRoot, List<FieldProblem> problems)
    {
        Extensions(schema, path, problems);
        EmbeddedResource(schema, path, problems);
        if (isRoot || schema.IsTrue("x-kubernetes-embedded-resource"))
        {
            Resource(schema, path, problems);
        }

        bool isIntOrString = schema.IsTrue("x-kubernetes-int-or-string");
        foreach (string combination in Combinations)
        {
            JsonArray parts = schema[combination] as JsonArray ?? [];
            for (int i = 0; i < parts.Count; i++)
            {
                // int-or-string is written as anyOf with the two types, alone or as the first of allOf.
                bool spellsTypes = isIntOrString && (combination == "anyOf" || (combination == "allOf" && i == 0));
                if (parts[i] is JsonObject part)
                {
                    Nested(schema, part, FormattableString.Invariant($"{path}.{combination}[{i}]"), spellsTypes, problems);
                }
            }
        }

        if (schema.Map("not") is { } not)
        {
            Nested(schema, not, $"{path}.not", spellsTypes: false, problems);
        }
    }

    private static void Extensions(JsonObject schema, string path, List<FieldProblem> problems)
    {
        if (schema.IsTrue("x-kubernetes-int-or-string"))
        {
            foreach (string other in (string[])["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"])
            {
                if (schema.IsTrue(other))
                {
                    problems.Invalid($"{path}.{other}", schema[other], "must be false if x-kubernetes-int-or-string is true");
                }
            }

            if (schema.Text("type").Length > 0)
            {
                problems.Forbidden($"{path}.type", "must be empty if x-kubernetes-int-or-string is true");
            }
        }

        if (schema["x-kubernetes-map-type"] is { } mapType)
        {
            problems.OneOf($"{path}.x-kubernetes-map-type", mapType, required: false, "atomic", "granular");
            if (schema.Text("type") != "object")
            {
                problems.Invalid($"{path}.type", schema.Text("type"), ["must be object if x-kubernetes-map-type is specified"]);
            }
        }

        if (schema["x-kubernetes-preserve-unknown-fields"] is { } preserve && GoJson.Flag(preserve) == false)
        {
            problems.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", preserve, "must be true or undefined");
        }
    }

    private static void EmbeddedResource(JsonObject schema, string path, List<FieldProblem> problems)
    {
        if (!schema.IsTrue("x-kubernetes-embedded-resource"))
        {
            return;
        }

        const string MustBeObject = "must be object if x-kubernetes-embedded-resource is true";
        string type = schema.Text("type");
        if (type.Length == 0)
        {
            problems.Required($"{path}.type", MustBeObject);
        }
        else if (type != "object")
        {
            problems.Invalid($"{path}.type", type, [MustBeObject]);
        }

        if (schema["additionalProperties"] is not null)
        {
            problems.Forbidden($"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set");
        }

        if (!schema.IsTrue("x-kubernetes-preserve-unknown-fields") && schema.Map("properties") is not { Count: > 0 })
        {
            problems.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
        }
    }

    /// <summary>apiVersion and kind are texts, and of metadata only the names may be restricted.</summary>
    private static void Resource(JsonObject schema, string path, List<FieldProblem> problems)
    {
        JsonObject? properties = schema.Map("properties");
        foreach (string field in (string[])["apiVersion", "kind"])
        {
            if (properties.Map(field) is { } property && property.Text("type") is { Length: > 0 } type && type != "string")
            {
                problems.Invalid($"{path}.properties[{field}].type", type, ["must be string"]);
            }
        }

        if (properties.Map("metadata") is not { } metadata)
        {
            return;
        }

        string at = $"{path}.properties[metadata]";
        if (metadata.Text("type") is { Length: > 0 } wrong && wrong != "object")
        {
            problems.Invalid($"{at}.type", wrong, ["must be object"]);
        }

        if ((metadata.Map("properties") ?? []).Any(pair => pair.Key is not ("name" or "generateName")))
        {
            problems.Forbidden(at, "must not specify anything other than name and generateName, but metadata is implicitly specified");
        }
    }

    private static void Nested(JsonObject schema, JsonObject part, string path, bool spellsTypes, List<FieldProblem> problems)
    {
        SaysNothingElse(part, path, spellsTypes, problems);
        foreach ((string name, JsonNode? child) in part.Map("properties") ?? [])
        {
            Property(schema, name, child as JsonObject, path, problems);
        }

        if (part.Map("items") is { } items)
        {
            Nested(schema.Map("items") ?? [], items, $"{path}.items", spellsTypes: false, problems);
        }

        foreach (string combination in Combinations)
        {
            foreach ((int index, JsonObject inner) in part.Items(combination))
            {
                Nested(schema, inner, FormattableString.Invariant($"{path}.{combination}[{index}]"), spellsTypes, problems);
            }
        }
    }

    private static void SaysNothingElse(JsonObject part, string path, bool spellsTypes, List<FieldProblem> problems)
    {
        if (part.Text("type").Length > 0 && !spellsTypes)
        {
            problems.Forbidden($"{path}.type", "must be empty to be structural");
        }

        foreach (string text in Texts.Where(text => part.Text(text).Length > 0))
        {
            problems.Forbidden($"{path}.{text}", "must be empty to be structural");
        }

        foreach (string flag in Flags.Where(part.IsTrue))
        {
            problems.Forbidden($"{path}.{flag}", "must be false to be structural");
        }

        foreach (string field in Undefined.Where(field => part[field] is not null))
        {
            problems.Forbidden($"{path}.{field}", "must be undefined to be structural");
        }
    }

    private static void Property(JsonObject schema, string name, JsonObject? part, string path, List<FieldProblem> problems)
    {
        JsonObject? declared = schema.Map("properties").Map(name);
        if (declared is null && schema["additionalProperties"] is null)
        {
            problems.Required($"{Parent(path)}.properties[{name}]", $"because it is defined in {path}.properties[{name}]");
        }

        if (part is not null)
        {
            Nested(declared ?? schema.Map("additionalProperties") ?? [], part, $"{path}.properties[{name}]", spellsTypes: false, problems);
        }
    }

    private static string Parent(string path)
    {
        int end = Combinations.Select(combination => path.IndexOf($".{combination}[", StringComparison.Ordinal)).Append(path.IndexOf(".not", StringComparison.Ordinal))
            .Where(index => index >= 0).DefaultIfEmpty(path.Length).Min();
        return path[..end];
    }
}
