using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client;

/// <summary>Reads fields of a kubeconfig's entries.</summary>
internal static class KubeconfigValues
{
    /// <summary>A field's text; empty when it has none.</summary>
    public static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static string? Optional(JsonNode? node) => Text(node) is { Length: > 0 } text ? text : null;

    public static bool Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static IReadOnlyList<string> Texts(JsonNode? node) => [.. (node as JsonArray)?.Select(Text) ?? []];

    /// <summary>The content of <c>name-data</c> (base64); null when it is not given.</summary>
    /// <exception cref="KubeconfigException">It is not base64.</exception>
    public static string? Data(string file, JsonObject entry, string name)
    {
        if (Optional(entry[$"{name}-data"]) is not { } data)
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }
        catch (FormatException e)
        {
            throw new KubeconfigException($"{file}: {name}-data is not base64", e);
        }
    }

    /// <summary>A path relative to the kubeconfig that names it.</summary>
    public static string Absolute(string file, string path) => Path.GetFullPath(path, Path.GetDirectoryName(file)!);

    /// <summary>The absolute path of a file that must be there; null when none is named.</summary>
    /// <exception cref="KubeconfigException">It cannot be read.</exception>
    public static string? ReadableFile(string file, JsonObject entry, string name)
    {
        if (Optional(entry[name]) is not { } path)
        {
            return null;
        }

        string absolute = Absolute(file, path);
        try
        {
            File.OpenRead(absolute).Dispose();
            return absolute;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{file}: {name} '{absolute}' cannot be read: {e.Message}", e);
        }
    }
}
