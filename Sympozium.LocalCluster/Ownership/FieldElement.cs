using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>One step of a field's path, as FieldsV1 writes it.</summary>
internal static class FieldElement
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Field(string name) => "f:" + name;

    /// <summary>The item of a list that is a map by keys; null when the item has none of the keys.</summary>
    public static string? Key(Schema list, JsonNode? item)
    {
        if (item is not JsonObject map)
        {
            return null;
        }

        JsonObject keys = [];
        foreach (string name in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if ((map[name] ?? Default(list, name)) is { } value)
            {
                keys[name] = value.DeepClone();
            }
        }

        return keys.Count == 0 ? null : "k:" + keys.ToJsonString(Plain);
    }

    /// <summary>Whether an item has a key, or may leave it out.</summary>
    public static bool Has(Schema list, JsonObject item, string key) => item[key] is not null || Default(list, key) is not null;

    /// <summary>The item of a list that is a set.</summary>
    public static string Value(JsonNode? item) => "v:" + (item?.ToJsonString(Plain) ?? "null");

    /// <exception cref="FormatException">It is no element.</exception>
    public static void Check(string element)
    {
        if (element.Length < 2 || element[1] != ':' || element[0] is not ('f' or 'k' or 'v' or 'i'))
        {
            throw new FormatException($"\"{element}\" is no element of fieldsV1");
        }
    }

    /// <summary>As conflicts name it.</summary>
    public static string Display(string element)
    {
        string rest = element[2..];
        if (element[0] == 'f')
        {
            return "." + rest;
        }

        if (element[0] == 'k' && JsonNode.Parse(rest) is JsonObject keys)
        {
            return $"[{string.Join(",", keys.Select(pair => $"{pair.Key}={pair.Value?.ToJsonString(Plain) ?? "null"}"))}]";
        }

        return element[0] == 'v' ? $"[={rest}]" : $"[{rest}]";
    }

    // The one key of a core type that may be left out; custom schemas say their defaults.
    private static JsonNode? Default(Schema list, string name)
    {
        Schema? key = list.Items is null ? null : FieldSchema.Of(list.Items, name);
        return key is { HasDefault: true } ? key.Default : name == "protocol" && list.Items?.Target is not null ? JsonValue.Create("TCP") : null;
    }
}
