using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>What the API server demands of a schema in a CustomResourceDefinition, apiextensions.k8s.io/v1.</summary>
internal static class StructuralSchema
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    private static readonly string[] Forbidden =
        ["$ref", "additionalItems", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly", "writeOnly", "xml"];

    /// <summary>Not inside allOf, anyOf, oneOf and not.</summary>
    private static readonly string[] OutsideOfJunctors = ["additionalProperties", "default", "description", "nullable", "title", "type", "x-kubernetes-preserve-unknown-fields"];

    private static readonly string[] Formats =
    [
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13", "creditcard", "ssn",
        "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime", "date-time", "int32", "int64", "float", "double",
    ];

    public static List<string> Problems(JsonObject root)
    {
        var problems = new List<string>();
        Check(root, "", isRoot: true, problems);
        return problems;
    }

    private static void Check(JsonObject schema, string path, bool isRoot, List<string> problems)
    {
        string? type = (string?)schema["type"];
        bool open = Flag(schema, "x-kubernetes-preserve-unknown-fields");
        bool intOrString = Flag(schema, "x-kubernetes-int-or-string");
        Require(type is not null || (!isRoot && (open || intOrString)), path, "has no type");
        Require(type is null || Types.Contains(type), path, $"has the unknown type {type}");
        Require(!isRoot || type == "object", path, "must be an object at the root");
        Require(!intOrString || type is null, path, "is int-or-string and has a type");
        Require(!schema.ContainsKey("x-kubernetes-preserve-unknown-fields") || open, path, "may set x-kubernetes-preserve-unknown-fields to true only");
        Require(!Flag(schema, "uniqueItems"), path, "must not have uniqueItems");
        Require(schema["properties"] is null || schema["additionalProperties"] is null, path, "has properties and additionalProperties");
        Require(schema["additionalProperties"] is null or JsonObject, path, "additionalProperties must be a schema");
        Require(type != "array" || schema["items"] is JsonObject, path, "is an array without items");
        Require(schema["format"] is null || Formats.Contains((string)schema["format"]!), path, $"has the unknown format {schema["format"]}");
        foreach (string keyword in Forbidden)
        {
            Require(!schema.ContainsKey(keyword), path, $"must not have {keyword}");
        }

        Numbers(schema, path, problems);
        Words(schema, path, type, problems);
        ListType(schema, path, type, problems);
        Junctors(schema, path, intOrString, problems);
        Default(schema, path, problems);
        Children(schema, path, problems);

        void Require(bool holds, string at, string problem)
        {
            if (!holds)
            {
                problems.Add($"{at}: {problem}");
            }
        }
    }

    private static void Children(JsonObject schema, string path, List<string> problems)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        foreach ((string name, JsonNode? property) in properties)
        {
            Check((JsonObject)property!, $"{path}.{name}", isRoot: false, problems);
        }

        foreach (string name in (schema["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => !properties.ContainsKey(name)))
        {
            problems.Add($"{path}: requires '{name}', which it does not declare");
        }

        if (schema["items"] is JsonObject items)
        {
            Check(items, $"{path}[]", isRoot: false, problems);
        }

        if (schema["additionalProperties"] is JsonObject values)
        {
            Check(values, $"{path}.*", isRoot: false, problems);
        }
    }

    private static void Numbers(JsonObject schema, string path, List<string> problems)
    {
        foreach ((string least, string most) in ((string, string)[])[("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")])
        {
            if (schema[least] is JsonNode low && schema[most] is JsonNode high && Number(low) > Number(high))
            {
                problems.Add($"{path}: {least} is more than {most}");
            }
        }
    }

    private static void Words(JsonObject schema, string path, string? type, List<string> problems)
    {
        if (schema["enum"] is JsonArray words && (words.Count == 0 || type != "string" || words.Select(word => (string?)word).Distinct().Count() != words.Count))
        {
            problems.Add($"{path}: an enum must have different texts");
        }

        // Go's expressions (RE2) have no look-around and no back references; NonBacktracking refuses the same.
        if ((string?)schema["pattern"] is { } pattern)
        {
            try
            {
                _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                problems.Add($"{path}: pattern: {e.Message}");
            }
        }
    }

    private static void ListType(JsonObject schema, string path, string? type, List<string> problems)
    {
        string? list = (string?)schema["x-kubernetes-list-type"];
        var keys = schema["x-kubernetes-list-map-keys"] as JsonArray;
        if (list is not null && (type != "array" || list is not ("atomic" or "set" or "map")))
        {
            problems.Add($"{path}: has the list type {list}");
        }

        if ((list == "map") != (keys is { Count: > 0 }))
        {
            problems.Add($"{path}: a list of type map, and only such a one, has keys");
        }

        JsonNode? item = schema["items"];
        if (list == "map" && (string?)item?["type"] != "object")
        {
            problems.Add($"{path}: the items of a list of type map must be objects");
        }

        problems.AddRange((keys ?? []).Select(key => (string)key!).Where(key => !IsKey(item!, key))
            .Select(key => $"{path}: the key '{key}' must be a plain value that is required or has a default"));
    }

    private static bool IsKey(JsonNode item, string key)
    {
        JsonNode? property = item["properties"]?[key];
        bool required = (item["required"] as JsonArray ?? []).Any(name => (string?)name == key);
        return (string?)property?["type"] is "string" or "integer" or "number" or "boolean" && (required || property["default"] is not null);
    }

    private static void Junctors(JsonObject schema, string path, bool intOrString, List<string> problems)
    {
        foreach (string junctor in (string[])["allOf", "anyOf", "oneOf", "not"])
        {
            JsonObject[] parts = schema[junctor] switch { JsonArray list => [.. list.Select(part => part!.AsObject())], JsonObject one => [one], _ => [] };

            // The one exception: how an int-or-string says what it is.
            if (intOrString && junctor == "anyOf" && parts.Select(part => part.ToJsonString()).SequenceEqual(["""{"type":"integer"}""", """{"type":"string"}"""]))
            {
                continue;
            }

            problems.AddRange(parts.SelectMany(part => OutsideOfJunctors.Where(part.ContainsKey)).Select(keyword => $"{path}: has {keyword} inside {junctor}"));
        }
    }

    private static void Default(JsonObject schema, string path, List<string> problems)
    {
        if (schema["default"] is not JsonNode value)
        {
            return;
        }

        string? type = (string?)schema["type"];
        bool fits = value.GetValueKind() switch
        {
            JsonValueKind.String => type is "string" or null,
            JsonValueKind.Number => type is "integer" or "number" or null,
            JsonValueKind.True or JsonValueKind.False => type == "boolean",
            _ => false,
        };
        bool known = schema["enum"] is not JsonArray words || words.Any(word => JsonNode.DeepEquals(word, value));
        bool inside = value.GetValueKind() != JsonValueKind.Number
            || (Number(value) >= Number(schema["minimum"] ?? value) && Number(value) <= Number(schema["maximum"] ?? value));
        if (!fits || !known || !inside)
        {
            problems.Add($"{path}: the default {value.ToJsonString()} is not valid");
        }
    }

    private static decimal Number(JsonNode node) => decimal.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static bool Flag(JsonObject schema, string keyword) => schema[keyword]?.GetValueKind() == JsonValueKind.True;
}
