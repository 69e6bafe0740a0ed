using System.Globalization;
using System.IO.Enumeration;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>The cases' paths: <c>a.b[*].c</c>, <c>**.x</c> at any depth, or a list of keys; <c>|keys</c> and <c>|len</c> may end a list.</summary>
internal static partial class JsonPaths
{
    /// <summary>What a picked path that leads nowhere gives.</summary>
    public const string Absent = "<absent>";

    /// <summary>The keys of a path, written as text or as a list.</summary>
    public static string[] Parse(JsonNode? path) => path is JsonArray keys
        ? [.. keys.Select(k => k!.ToString())]
        : Index().Replace((string?)path ?? "", ".$1").Split('.', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Every value at a path.</summary>
    public static List<JsonNode?> Find(JsonNode? root, IEnumerable<string> path)
    {
        List<JsonNode?> found = [root];
        foreach (string key in path)
        {
            found = [.. found.SelectMany(node => Step(node, key))];
        }

        return found;
    }

    /// <summary>The value at a path, or the list of values when the path has a wildcard.</summary>
    public static JsonNode? Pick(JsonNode? root, string[] path)
    {
        List<JsonNode?> found = Find(root, path);
        if (path.Contains("*"))
        {
            return new JsonArray([.. found.Select(n => n?.DeepClone())]);
        }

        return found.Count > 0 ? found[0]?.DeepClone() : JsonValue.Create(Absent);
    }

    /// <summary>Removes every value at a path.</summary>
    public static void Drop(JsonNode? root, ReadOnlySpan<string> path)
    {
        if (path[0] == "**")
        {
            Drop(root, path[1..]);
            foreach (JsonNode? child in Step(root, "*").ToList())
            {
                Drop(child, path);
            }

            return;
        }

        foreach (JsonNode? parent in Find(root, path[..^1].ToArray()))
        {
            if (path[^1] == "*")
            {
                (parent as JsonObject)?.Clear();
                (parent as JsonArray)?.Clear();
            }
            else
            {
                (parent as JsonObject)?.Remove(path[^1]);
            }
        }
    }

    /// <summary>Keeps only the list items that a filter names.</summary>
    public static void Filter(JsonNode? root, JsonNode filter)
    {
        string list = (string)filter["list"]!;
        string[] by = Parse(filter["by"]);
        string[] keep = [.. filter["keep"]!.AsArray().Select(k => (string)k!)];
        foreach (JsonObject parent in Find(root, Parse(filter["in"])).OfType<JsonObject>())
        {
            if (parent[list] is JsonArray items)
            {
                parent[list] = new JsonArray([.. items.Where(i => IsKept(i)).Select(i => i?.DeepClone())]);
            }
        }

        bool IsKept(JsonNode? item)
        {
            string value = Pick(item, by)?.ToString() ?? "";
            return keep.Any(k => FileSystemName.MatchesSimpleExpression(k, value, ignoreCase: false));
        }
    }

    private static IEnumerable<JsonNode?> Step(JsonNode? node, string key)
    {
        switch (key, node)
        {
            case ("|keys", _):
                return [node is JsonObject map ? new JsonArray([.. map.Select(p => p.Key).Order(StringComparer.Ordinal).Select(k => (JsonNode)k)]) : null];
            case ("|len", _):
                return [JsonValue.Create(node is JsonArray counted ? counted.Count : node is JsonObject sized ? sized.Count : 0)];
            case ("*", JsonObject all):
                return all.Select(p => p.Value);
            case ("*", JsonArray items):
                return items;
            case (_, JsonObject parent) when parent.TryGetPropertyValue(key, out JsonNode? value):
                return [value];
            case (_, JsonArray array) when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < array.Count:
                return [array[index]];
            default:
                return [];
        }
    }

    [GeneratedRegex(@"\[(\*|\d+)\]")]
    private static partial Regex Index();
}
