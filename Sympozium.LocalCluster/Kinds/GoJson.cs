using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>JSON as Go's decoder and Kubernetes' messages speak of it.</summary>
internal static class GoJson
{
    /// <summary>What Go's <c>json.Unmarshal</c> calls a value of the wrong type.</summary>
    public static string KindOf(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "bool",
            _ => "number",
        },
    };

    public static bool IsString(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String;

    public static string? Text(JsonNode? node) => IsString(node) ? node!.GetValue<string>() : null;

    public static bool? Flag(JsonNode? node) => node is JsonValue value
        ? value.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
        : null;

    public static long? Integer(JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        if (value.TryGetValue(out long number))
        {
            return number;
        }

        // Values that do not come from JSON text (YAML, code) hold any of .NET's number types.
        return long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            ? number
            : Number(node) is double real && real == Math.Floor(real) && Math.Abs(real) < 9e18 ? (long)real : null;
    }

    public static double? Number(JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        if (value.TryGetValue(out double number))
        {
            return number;
        }

        return double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) ? number : null;
    }

    /// <summary>Text in quotes as Go's <c>%q</c> writes it.</summary>
    public static string Quote(string text)
    {
        System.Text.StringBuilder result = new(text.Length + 2);
        result.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => result.Append("\\\""),
                '\\' => result.Append("\\\\"),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                < ' ' or '\x7f' => result.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => result.Append(c),
            };
        }

        return result.Append('"').ToString();
    }

    /// <summary>A value as messages show it: texts quoted, the rest as compact JSON with sorted keys.</summary>
    public static string Show(JsonNode? node) => node switch
    {
        null => "null",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Quote(value.GetValue<string>()),
        _ => Sorted(node)!.ToJsonString(JsonText.Relaxed),
    };

    private static JsonNode? Sorted(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                JsonObject result = [];
                foreach ((string key, JsonNode? value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    result[key] = Sorted(value);
                }

                return result;
            case JsonArray list:
                return new JsonArray([.. list.Select(Sorted)]);
            default:
                return node?.DeepClone();
        }
    }
}
