using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// Gives an object of a core kind the one form in which Kubernetes stores it: no nulls, nothing empty that means the same as absent,
/// times in UTC, amounts in canonical form. Two manifests that mean the same then compare equal.
/// </summary>
internal static class CoreNormalizer
{
    private static readonly int PlainTimeLength = "2006-01-02T15:04:05Z".Length;

    public static void Apply(Schema schema, JsonObject map)
    {
        Schema type = schema.Resolved;
        List<(string Name, JsonNode? Value)>? changes = null;
        foreach ((string name, JsonNode? value) in map)
        {
            Schema? field = type.Properties.TryGetValue(name, out Schema? property) ? property : type.AdditionalProperties;
            if (value is null)
            {
                // Entries of maps keep their zero value; only fields vanish.
                (changes ??= []).Add((name, property is null && field?.Type == "string" ? "" : null));
            }
            else if (field is not null && Normal(field, value, property is not null) is var normal && !ReferenceEquals(normal, value))
            {
                (changes ??= []).Add((name, normal));
            }
        }

        foreach ((string name, JsonNode? value) in changes ?? [])
        {
            if (value is null)
            {
                map.Remove(name);
            }
            else
            {
                map[name] = value;
            }
        }
    }

    /// <summary>The value itself, its canonical form, or null when it means nothing.</summary>
    private static JsonNode? Normal(Schema field, JsonNode value, bool isField)
    {
        switch (value)
        {
            case JsonObject map:
                if (isField && map.Count == 0)
                {
                    return field.OmitEmpty ? null : map;
                }

                Apply(field, map);
                return map;
            case JsonArray list:
                if (isField && list.Count == 0)
                {
                    return field.OmitEmpty ? null : list;
                }

                Items(field, list);
                return list;
            default:
                return isField && field.OmitEmpty && IsZero(value) ? null : Scalar(field.Resolved, value);
        }
    }

    private static void Items(Schema field, JsonArray list)
    {
        if (field.Items is not { } item)
        {
            return;
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject map)
            {
                Apply(item, map);
            }
        }
    }

    private static JsonNode Scalar(Schema type, JsonNode value)
    {
        if (type.Type != "string" || type.Format is null)
        {
            return value;
        }

        if (type.Format == "quantity")
        {
            string amount = GoJson.Text(value) ?? value.ToJsonString();
            return Quantity.TryParse(amount, out Quantity quantity) && quantity.ToString() is var canonical && (canonical != amount || !GoJson.IsString(value))
                ? JsonValue.Create(canonical)
                : value;
        }

        if (type.Format == "date-time" && GoJson.Text(value) is { } text)
        {
            return Time(type, text) is { } plain && plain != text ? JsonValue.Create(plain) : value;
        }

        return value;
    }

    private static string? Time(Schema type, string text)
    {
        bool micro = type.DefinitionName!.EndsWith("MicroTime", StringComparison.Ordinal);
        if (!micro && text.Length == PlainTimeLength && text[^1] == 'Z')
        {
            return text;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.UtcDateTime.ToString(micro ? "yyyy-MM-ddTHH:mm:ss.ffffffZ" : "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
            : null;
    }

    private static bool IsZero(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>().Length == 0,
        JsonValueKind.False => true,
        JsonValueKind.Number => GoJson.Number(value) == 0,
        _ => false,
    };
}
