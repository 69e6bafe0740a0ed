using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The fields of <c>metadata</c> that the server itself reads and writes.</summary>
internal static class Metadata
{
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static JsonObject Of(JsonObject resource)
    {
        if (resource["metadata"] is JsonObject metadata)
        {
            return metadata;
        }

        JsonObject made = [];
        resource["metadata"] = made;
        return made;
    }

    public static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    public static long? Number(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    public static bool IsDeleting(JsonObject resource) => Text(Of(resource), "deletionTimestamp") is not null;

    public static List<string> Finalizers(JsonObject resource) =>
        Of(resource)["finalizers"] is JsonArray list ? [.. list.Select(node => node?.ToString() ?? "")] : [];

    public static void SetFinalizers(JsonObject resource, IReadOnlyCollection<string> finalizers)
    {
        JsonObject metadata = Of(resource);
        if (finalizers.Count == 0)
        {
            metadata.Remove("finalizers");
        }
        else
        {
            metadata["finalizers"] = new JsonArray([.. finalizers.Select(name => (JsonNode)name)]);
        }
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Takes a field from the stored object, whatever the request says.</summary>
    public static void Keep(JsonObject target, JsonObject source, string name)
    {
        if (source[name] is { } value)
        {
            target[name] = value.DeepClone();
        }
        else
        {
            target.Remove(name);
        }
    }

    /// <summary>The same document by way of text: a number that code made from an int can then be read as any type of number.</summary>
    public static JsonObject Reread(JsonObject resource) => JsonNode.Parse(resource.ToJsonString())!.AsObject();

    /// <summary>A copy with the fields of every object in order of their names.</summary>
    public static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    /// <summary>Null members mean absent ones.</summary>
    public static void DropNulls(JsonObject json)
    {
        foreach (string name in json.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            json.Remove(name);
        }
    }
}
