using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Manifests;

/// <summary>Writes JSON nodes as YAML in the shape that <c>kubectl get -o yaml</c> has: sorted keys, lists not indented, texts as blocks.</summary>
public static class YamlWriter
{
    /// <summary>One document, with a line break at its end.</summary>
    public static string Write(JsonNode? node)
    {
        StringBuilder text = new();
        switch (node)
        {
            case JsonObject { Count: > 0 } mapping:
                WriteMapping(text, mapping, 0);
                break;
            case JsonArray { Count: > 0 } array:
                WriteSequence(text, array, 0);
                break;
            default:
                text.Append(Inline(node)).Append('\n');
                break;
        }
        return text.ToString();
    }

    private static void WriteMapping(StringBuilder text, JsonObject mapping, int indent, bool firstIsPlaced = false)
    {
        foreach ((string key, JsonNode? value) in mapping.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (!firstIsPlaced)
            {
                text.Append(' ', indent);
            }
            firstIsPlaced = false;
            text.Append(Key(key)).Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } child:
                    text.Append('\n');
                    WriteMapping(text, child, indent + 2);
                    break;
                case JsonArray { Count: > 0 } child:
                    text.Append('\n');
                    WriteSequence(text, child, indent);
                    break;
                default:
                    text.Append(' ');
                    WriteScalar(text, value, indent + 2);
                    break;
            }
        }
    }

    private static void WriteSequence(StringBuilder text, JsonArray array, int indent)
    {
        foreach (JsonNode? item in array)
        {
            text.Append(' ', indent).Append('-');
            switch (item)
            {
                case JsonObject { Count: > 0 } child:
                    text.Append(' ');
                    WriteMapping(text, child, indent + 2, firstIsPlaced: true);
                    break;
                case JsonArray { Count: > 0 } child:
                    text.Append('\n');
                    WriteSequence(text, child, indent + 2);
                    break;
                default:
                    text.Append(' ');
                    WriteScalar(text, item, indent + 2);
                    break;
            }
        }
    }

    private static void WriteScalar(StringBuilder text, JsonNode? node, int indent)
    {
        if (node is JsonValue value && value.TryGetValue(out string? content) && CanBeBlock(content))
        {
            WriteBlock(text, content, indent);
            return;
        }
        text.Append(Inline(node)).Append('\n');
    }

    // A literal block cannot carry carriage returns, tabs at the start or other control characters.
    private static bool CanBeBlock(string content) =>
        content.Contains('\n') && content[0] is not (' ' or '\n' or '\t') && !content.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))
        && !content.Split('\n').Any(line => line.EndsWith(' '));

    private static void WriteBlock(StringBuilder text, string content, int indent)
    {
        string body = content.TrimEnd('\n');
        int breaks = content.Length - body.Length;
        text.Append('|').Append(breaks switch { 0 => "-", 1 => "", _ => "+" }).Append('\n');
        foreach (string line in body.Split('\n'))
        {
            _ = line.Length == 0 ? text : text.Append(' ', indent).Append(line);
            text.Append('\n');
        }
        text.Append('\n', Math.Max(0, breaks - 1));
    }

    private static string Inline(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue value when value.TryGetValue(out string? content) => Text(content),
        JsonValue value when value.TryGetValue(out double number) && value.GetValueKind() == JsonValueKind.Number => Number(value, number),
        _ => node.ToJsonString(),
    };

    private static string Number(JsonValue value, double number) =>
        value.TryGetValue(out long whole) ? whole.ToString(CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture);

    private static string Key(string key) => Text(key);

    private static string Text(string content)
    {
        if (IsPlain(content) && !YamlScalars.IsAmbiguous(content))
        {
            return content;
        }
        return content.Any(char.IsControl) ? JsonQuoted(content) : IsPlain(content) ? $"\"{content}\"" : $"'{content.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static bool IsPlain(string content) =>
        content.Length > 0
        && !"-?:,[]{}#&*!|>'\"%@`= ".Contains(content[0], StringComparison.Ordinal)
        && content[^1] is not (' ' or ':')
        && !content.Any(char.IsControl)
        && !content.Contains(": ", StringComparison.Ordinal)
        && !content.Contains(" #", StringComparison.Ordinal)
        && content is not ("---" or "...");

    private static string JsonQuoted(string content)
    {
        StringBuilder text = new("\"");
        foreach (char c in content)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when char.IsControl(c) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        return text.Append('"').ToString();
    }
}
