using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sympozium.Abstractions.Resources;

/// <summary>
/// Compares a canonical spec with its record before it is read: every value of a wrong type and every field that is missing, each with its
/// path, while the deserializer would stop at the first.
/// </summary>
internal static class ShapeChecks
{
    public static void Check(JsonNode node, JsonTypeInfo type, string path, ICollection<ResourceProblem> problems)
    {
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            Fields(node, type, path, problems);
        }
        else if (type.Kind == JsonTypeInfoKind.Dictionary && type.Type != typeof(JsonObject))
        {
            Map(node, type, path, problems);
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            List(node, type, path, problems);
        }
        else if (Wanted(node, Nullable.GetUnderlyingType(type.Type) ?? type.Type) is string wanted)
        {
            problems.Add(new(path, $"must be {wanted}, not {Found(node)}"));
        }
    }

    private static void Fields(JsonNode node, JsonTypeInfo type, string path, ICollection<ResourceProblem> problems)
    {
        if (node is not JsonObject fields)
        {
            problems.Add(new(path, $"must be an object, not {Found(node)}"));
            return;
        }

        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (fields[property.Name] is JsonNode value)
            {
                Check(value, type.Options.GetTypeInfo(property.PropertyType), $"{path}.{property.Name}", problems);
            }
            else if (property.IsRequired)
            {
                problems.Add(new($"{path}.{property.Name}", "is required"));
            }
        }
    }

    private static void Map(JsonNode node, JsonTypeInfo type, string path, ICollection<ResourceProblem> problems)
    {
        if (node is not JsonObject map)
        {
            problems.Add(new(path, $"must be an object, not {Found(node)}"));
            return;
        }

        foreach ((string key, JsonNode? value) in map)
        {
            if (value is not null)
            {
                Check(value, type.Options.GetTypeInfo(type.ElementType!), $"{path}.{key}", problems);
            }
        }
    }

    private static void List(JsonNode node, JsonTypeInfo type, string path, ICollection<ResourceProblem> problems)
    {
        if (node is not JsonArray list)
        {
            problems.Add(new(path, $"must be a list, not {Found(node)}"));
            return;
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonNode item)
            {
                Check(item, type.Options.GetTypeInfo(type.ElementType!), FieldChecks.Item(path, i), problems);
            }
        }
    }

    /// <summary>What the value should be; null when it is.</summary>
    private static string? Wanted(JsonNode node, Type type)
    {
        JsonValueKind kind = node.GetValueKind();
        return type switch
        {
            _ when type == typeof(string) => kind == JsonValueKind.String ? null : "a text",
            _ when type == typeof(bool) => kind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            _ when type == typeof(int) => Whole(node, int.MinValue, int.MaxValue) ? null : "a whole number",
            _ when type == typeof(long) => Whole(node, long.MinValue, long.MaxValue) ? null : "a whole number",
            _ when type == typeof(DateTimeOffset) => Time(node) ? null : "a time such as 2026-01-31T12:00:00Z",
            _ when type == typeof(JsonObject) => kind == JsonValueKind.Object ? null : "an object",
            _ => null,
        };
    }

    private static bool Whole(JsonNode node, long least, long most) =>
        node.GetValueKind() == JsonValueKind.Number
        && long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        && value >= least && value <= most;

    private static bool Time(JsonNode node) =>
        node.AsText() is string text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static string Found(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
