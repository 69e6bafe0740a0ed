using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Applying;

/// <summary>
/// The annotation in which client-side apply keeps what was applied. Byte for byte as kubectl writes it (sorted keys, Go's escapes, a final
/// line break), so that both tools may take turns without changing it.
/// </summary>
internal static class LastApplied
{
    public const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>A copy of the object that carries itself in the annotation.</summary>
    public static JsonObject Annotate(JsonObject resource)
    {
        JsonObject copy = (JsonObject)resource.DeepClone();
        JsonObject metadata = copy["metadata"]!.AsObject();
        JsonObject annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] = annotations.DeepClone();
        metadata["annotations"]!.AsObject().Remove(Annotation);
        string text = Encode(copy);
        metadata["annotations"]![Annotation] = text;
        return copy;
    }

    /// <summary>What was applied last; null when the object was not applied yet.</summary>
    public static JsonObject? Read(JsonObject current)
    {
        if (current["metadata"]?["annotations"]?[Annotation] is not JsonValue value || !value.TryGetValue(out string? text))
        {
            return null;
        }
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Encode(JsonNode? node)
    {
        StringBuilder text = new();
        Write(text, node);
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                text.Append('{');
                bool first = true;
                foreach ((string name, JsonNode? member) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    text.Append(first ? "" : ",");
                    WriteText(text, name);
                    text.Append(':');
                    Write(text, member);
                    first = false;
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (int i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(text, items[i]);
                }
                text.Append(']');
                break;
            case JsonValue value when value.TryGetValue(out string? content):
                WriteText(text, content);
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void WriteText(StringBuilder text, string content)
    {
        text.Append('"');
        foreach (char c in content)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
