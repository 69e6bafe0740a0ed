using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Patching;

/// <summary>An operation that cannot be applied; the message has the words of the library that Kubernetes uses.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);

/// <summary>JSON Patch, RFC 6902: all operations or none.</summary>
internal static class JsonPatch
{
    /// <summary>More operations than this in one patch are refused, as the Kubernetes API server does.</summary>
    private const int MaxOperations = 10_000;

    /// <exception cref="JsonPatchException">An operation cannot be applied.</exception>
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

        return document ?? throw new JsonPatchException("the patch leaves nothing");
    }

    private static JsonNode? Step(JsonNode? document, JsonObject operation)
    {
        string op = Text(operation, "op") ?? "unknown";
        if (op is not ("add" or "remove" or "replace" or "move" or "copy" or "test"))
        {
            throw new JsonPatchException($"Unexpected kind: {op}");
        }

        string at = Text(operation, "path") ?? "";
        string[] path = Pointer(operation, op, "path");
        switch (op)
        {
            case "add":
                return Add(document, path, Value(operation, op), $"add operation does not apply: doc is missing path: \"{at}\": missing value");
            case "remove":
                return Remove(document, path, out _, "remove", $"remove operation does not apply: doc is missing path: \"{at}\": missing value");
            case "replace":
                return Replace(document, path, Value(operation, op), at);
            case "move":
                return Move(document, operation, path);
            case "copy":
                string from = Text(operation, "from") ?? "";
                JsonNode? copied = Find(document, Pointer(operation, op, "from"), $"copy operation does not apply: doc is missing from path: \"{from}\": missing value");
                return Add(document, path, copied?.DeepClone(), $"copy operation does not apply: doc is missing destination path {at}: missing value");
            default:
                return JsonNode.DeepEquals(FindOrAbsent(document, path), Value(operation, op))
                    ? document
                    : throw new JsonPatchException($"testing value {at} failed: test failed");
        }
    }

    private static JsonNode? Move(JsonNode? document, JsonObject operation, string[] path)
    {
        string from = Text(operation, "from") ?? "";
        string[] source = Pointer(operation, "move", "from");
        if (path.Length > source.Length && path.AsSpan(0, source.Length).SequenceEqual(source))
        {
            throw new JsonPatchException("move operation does not apply: a value cannot be moved into itself");
        }

        document = Remove(document, source, out JsonNode? moved, "move", $"move operation does not apply: doc is missing from path: {from}: missing value");
        string target = Text(operation, "path") ?? "";
        return Add(document, path, moved, $"move operation does not apply: doc is missing destination path: {target}: missing value");
    }

    private static JsonNode? Add(JsonNode? document, string[] path, JsonNode? value, string missing)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (Find(document, path.AsSpan(0, path.Length - 1), missing))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                return document;
            case JsonArray parent:
                parent.Insert(path[^1] == "-" ? parent.Count : Index(path[^1], parent.Count + 1), value);
                return document;
            default:
                throw new JsonPatchException(missing);
        }
    }

    private static JsonNode? Remove(JsonNode? document, string[] path, out JsonNode? removed, string operation, string missing)
    {
        if (path.Length == 0)
        {
            removed = document;
            return null;
        }

        switch (Find(document, path.AsSpan(0, path.Length - 1), missing))
        {
            case JsonObject parent when parent.TryGetPropertyValue(path[^1], out removed):
                parent.Remove(path[^1]);
                return document;
            case JsonArray parent:
                int index = Index(path[^1], parent.Count);
                removed = parent[index];
                parent.RemoveAt(index);
                return document;
            case JsonObject:
                throw new JsonPatchException(
                    $"error in {operation} for path: '/{string.Join('/', path)}': unable to remove nonexistent key: {path[^1]}: missing value");
            default:
                throw new JsonPatchException(missing);
        }
    }

    private static JsonNode? Replace(JsonNode? document, string[] path, JsonNode? value, string at)
    {
        if (path.Length == 0)
        {
            return value;
        }

        string missing = $"replace operation does not apply: doc is missing path: {at}: missing value";
        switch (Find(document, path.AsSpan(0, path.Length - 1), missing))
        {
            case JsonObject parent when parent.ContainsKey(path[^1]):
                parent[path[^1]] = value;
                return document;
            case JsonArray parent:
                parent[Index(path[^1], parent.Count)] = value;
                return document;
            case JsonObject:
                throw new JsonPatchException($"replace operation does not apply: doc is missing key: {at}: missing value");
            default:
                throw new JsonPatchException(missing);
        }
    }

    /// <summary>A missing member tests equal to null, which lets a patch assert absence as Kubernetes' library does.</summary>
    private static JsonNode? FindOrAbsent(JsonNode? document, string[] path)
    {
        if (path.Length == 0)
        {
            return document;
        }

        string missing = $"test operation for path does not apply: doc is missing path: /{string.Join('/', path)}: missing value";
        return Find(document, path.AsSpan(0, path.Length - 1), missing) switch
        {
            JsonObject parent => parent[path[^1]],
            JsonArray parent => parent[Index(path[^1], parent.Count)],
            _ => throw new JsonPatchException(missing),
        };
    }

    private static JsonNode? Find(JsonNode? document, ReadOnlySpan<string> path, string missing)
    {
        JsonNode? node = document;
        foreach (string segment in path)
        {
            node = node switch
            {
                JsonObject parent when parent.TryGetPropertyValue(segment, out JsonNode? child) => child,
                JsonArray parent => parent[Index(segment, parent.Count)],
                _ => throw new JsonPatchException(missing),
            };
        }

        return node;
    }

    private static int Index(string segment, int count)
    {
        bool plain = segment.Length > 0 && segment.All(char.IsAsciiDigit) && (segment.Length == 1 || segment[0] != '0');
        return plain && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < count
            ? index
            : throw new JsonPatchException($"Unable to access invalid index: {segment}: invalid index referenced");
    }

    private static JsonNode? Value(JsonObject operation, string op) => operation.TryGetPropertyValue("value", out JsonNode? value)
        ? value?.DeepClone()
        : throw new JsonPatchException($"{op} operation value could not be decoded: missing value");

    private static string[] Pointer(JsonObject operation, string op, string name)
    {
        string? pointer = Text(operation, name);
        if (pointer is null || (pointer.Length > 0 && pointer[0] != '/'))
        {
            throw new JsonPatchException($"{op} operation does not apply: {(pointer is null ? $"its {name} is missing" : $"{name} {pointer} does not begin with /")}");
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
