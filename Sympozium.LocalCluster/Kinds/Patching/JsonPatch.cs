using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Patching;

/// <summary>JSON Patch, RFC 6902: all operations or none.</summary>
internal static class JsonPatch
{
    /// <summary>More operations than this in one patch are refused, as the Kubernetes API server does.</summary>
    private const int MaxOperations = 10_000;

    public static JsonNode Apply(JsonNode target, JsonArray patch)
    {
        if (patch.Count > MaxOperations)
        {
            throw Patches.Malformed($"The allowed maximum operations in a JSON patch is {MaxOperations}, got {patch.Count}");
        }

        JsonNode? document = target.DeepClone();
        foreach (JsonNode? node in patch)
        {
            if (node is not JsonObject operation)
            {
                throw Patches.Malformed($"error decoding patch: json: cannot unmarshal {GoJson.KindOf(node)} into Go value of type handlers.jsonPatchOp");
            }

            document = Step(document, operation);
        }

        return document ?? throw Patches.Unprocessable();
    }

    private static JsonNode? Step(JsonNode? document, JsonObject operation)
    {
        string[] path = Pointer(operation, "path");
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(document, path, Value(operation));
            case "remove":
                return Remove(document, path, out _);
            case "replace":
                return Replace(document, path, Value(operation));
            case "move":
                string[] source = Pointer(operation, "from");
                if (path.Length > source.Length && path.AsSpan(0, source.Length).SequenceEqual(source))
                {
                    throw Patches.Unprocessable();
                }

                document = Remove(document, source, out JsonNode? moved);
                return Add(document, path, moved);
            case "copy":
                return Add(document, path, Find(document, Pointer(operation, "from"))?.DeepClone());
            case "test":
                return JsonNode.DeepEquals(FindOrAbsent(document, path), Value(operation)) ? document : throw Patches.Unprocessable();
            default:
                throw Patches.Unprocessable();
        }
    }

    private static JsonNode? Add(JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (Find(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                return document;
            case JsonArray parent:
                parent.Insert(path[^1] == "-" ? parent.Count : Index(path[^1], parent.Count + 1), value);
                return document;
            default:
                throw Patches.Unprocessable();
        }
    }

    private static JsonNode? Remove(JsonNode? document, string[] path, out JsonNode? removed)
    {
        if (path.Length == 0)
        {
            removed = document;
            return null;
        }

        switch (Find(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject parent when parent.TryGetPropertyValue(path[^1], out removed):
                parent.Remove(path[^1]);
                return document;
            case JsonArray parent:
                int index = Index(path[^1], parent.Count);
                removed = parent[index];
                parent.RemoveAt(index);
                return document;
            default:
                throw Patches.Unprocessable();
        }
    }

    private static JsonNode? Replace(JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (Find(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject parent when parent.ContainsKey(path[^1]):
                parent[path[^1]] = value;
                return document;
            case JsonArray parent:
                parent[Index(path[^1], parent.Count)] = value;
                return document;
            default:
                throw Patches.Unprocessable();
        }
    }

    /// <summary>A missing member tests equal to null, which lets a patch assert absence as Kubernetes' library does.</summary>
    private static JsonNode? FindOrAbsent(JsonNode? document, string[] path)
    {
        if (path.Length == 0)
        {
            return document;
        }

        return Find(document, path.AsSpan(0, path.Length - 1)) switch
        {
            JsonObject parent => parent[path[^1]],
            JsonArray parent => parent[Index(path[^1], parent.Count)],
            _ => throw Patches.Unprocessable(),
        };
    }

    private static JsonNode? Find(JsonNode? document, ReadOnlySpan<string> path)
    {
        JsonNode? node = document;
        foreach (string segment in path)
        {
            node = node switch
            {
                JsonObject parent when parent.TryGetPropertyValue(segment, out JsonNode? child) => child,
                JsonArray parent => parent[Index(segment, parent.Count)],
                _ => throw Patches.Unprocessable(),
            };
        }

        return node;
    }

    private static int Index(string segment, int count)
    {
        bool plain = segment.Length > 0 && segment.All(char.IsAsciiDigit) && (segment.Length == 1 || segment[0] != '0');
        return plain && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < count
            ? index
            : throw Patches.Unprocessable();
    }

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out JsonNode? value) ? value?.DeepClone() : throw Patches.Unprocessable();

    private static string[] Pointer(JsonObject operation, string name)
    {
        string? pointer = Text(operation, name);
        if (pointer is null || (pointer.Length > 0 && pointer[0] != '/'))
        {
            throw Patches.Unprocessable();
        }

        if (pointer.Length == 0)
        {
            return [];
        }

        string[] segments = pointer[1..].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i].Contains('~', StringComparison.Ordinal))
            {
                // The order matters: ~01 is ~1, not a slash.
                segments[i] = segments[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            }
        }

        return segments;
    }

    private static string? Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
