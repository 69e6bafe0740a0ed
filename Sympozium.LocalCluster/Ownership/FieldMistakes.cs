using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>What keeps an applied document from being taken apart into fields, in the words of structured-merge-diff.</summary>
internal static class FieldMistakes
{
    /// <summary>The mistakes of a document, as the API server reports them; null when there are none.</summary>
    public static string? Find(Schema schema, JsonNode? document)
    {
        List<string> found = [];
        Look(schema, document, "", found);
        return found.Count switch
        {
            0 => null,
            1 => found[0],
            _ => string.Join("\n  ", found.Prepend("errors:")),
        };
    }

    private static void Look(Schema schema, JsonNode? value, string path, List<string> found)
    {
        switch (value)
        {
            case null:
                break;
            case JsonObject map when Wants(schema) is not (null or "object"):
                Scalar(schema, map, path, found);
                break;
            case JsonObject map:
                Map(schema, map, path, found);
                break;
            case JsonArray list when schema.Items is not null:
                List(schema, list, path, found);
                break;
            default:
                Scalar(schema, value, path, found);
                break;
        }
    }

    private static void Map(Schema schema, JsonObject map, string path, List<string> found)
    {
        Schema resolved = schema.Resolved;
        bool open = resolved.PreserveUnknownFields || schema.PreserveUnknownFields || (resolved.Properties.Count == 0 && resolved.AdditionalProperties is null);
        foreach ((string name, JsonNode? below) in map)
        {
            Schema? child = FieldSchema.Of(schema, name);
            if (child is not null)
            {
                Look(child, below, $"{path}.{name}", found);
            }
            else if (!open)
            {
                found.Add($"{path}.{name}: field not declared in schema");
            }
        }
    }

    private static void List(Schema schema, JsonArray list, string path, List<string> found)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < list.Count; i++)
        {
            string step = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
            if (schema.ListType is "map" or "set" && !(schema.ListType == "map" && schema.ListMapKeys.Count == 0))
            {
                if (WhyNoElement(schema, list[i]) is { } why)
                {
                    // What lies below cannot be named, so it is not looked at.
                    found.Add($"{path}: element {i}: {why}");
                    return;
                }

                step = FieldElement.Display(FieldTree.Element(schema, list[i]));
                if (!seen.Add(step))
                {
                    found.Add($"{path}: duplicate entries for key {step}");
                }
            }

            Look(schema.Items!, list[i], path + step, found);
        }
    }

    private static string? WhyNoElement(Schema list, JsonNode? item)
    {
        if (list.ListType == "set")
        {
            return item switch
            {
                null => "associative list without keys has an element that's an explicit null",
                JsonObject => "associative list without keys has an element that's a map type",
                JsonArray => "associative list without keys has an element that's a list type",
                _ => null,
            };
        }

        return item switch
        {
            null => "associative list with keys may not have a null element",
            not JsonObject => "associative list with keys may not have non-map elements",
            JsonObject map => list.ListMapKeys.FirstOrDefault(key => !FieldElement.Has(list, map, key)) is { } missing
                ? $"associative list with keys has an element that omits key field \"{missing}\" (and doesn't have default value)"
                : null,
        };
    }

    private static void Scalar(Schema schema, JsonNode value, string path, List<string> found)
    {
        JsonValueKind kind = value.GetValueKind();
        string? problem = Wants(schema) switch
        {
            "object" when kind != JsonValueKind.Object => $"expected map, got &{{{Show(value)}}}",
            "array" when kind != JsonValueKind.Array => $"expected list, got &{{{Show(value)}}}",
            "integer" or "number" when kind != JsonValueKind.Number => $"expected numeric (int or float), got {TypeOf(kind)}",
            "string" when kind != JsonValueKind.String => $"expected string, got &value.valueUnstructured{{Value:{Show(value)}}}",
            "boolean" when kind is not (JsonValueKind.True or JsonValueKind.False) => $"expected boolean, got &{{{Show(value)}}}",
            _ => null,
        };
        if (problem is not null)
        {
            found.Add($"{path}: {problem}");
        }
    }

    /// <summary>The type that a value must have; null for any. Amounts and times are any scalar there.</summary>
    private static string? Wants(Schema schema)
    {
        Schema resolved = schema.Resolved;
        return resolved.IntOrString || resolved.Format is "quantity" or "date-time" || resolved.PreserveUnknownFields || schema.PreserveUnknownFields ? null : resolved.Type;
    }

    private static string TypeOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Object => "map[string]interface {}",
        JsonValueKind.Array => "[]interface {}",
        _ => "bool",
    };

    /// <summary>As Go prints it by <c>%v</c>.</summary>
    private static string Show(JsonNode? value) => value switch
    {
        null => "<nil>",
        JsonObject map => $"map[{string.Join(' ', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Show(pair.Value)}"))}]",
        JsonArray list => $"[{string.Join(' ', list.Select(Show))}]",
        _ => value.ToString(),
    };
}
