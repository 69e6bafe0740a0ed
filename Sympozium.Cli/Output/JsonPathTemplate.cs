using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Output;

/// <summary>
/// The part of kubectl's JSONPath templates that people use: text, <c>{.a.b[0].c}</c>, <c>{.items[*].metadata.name}</c>, <c>{['a.b']}</c>,
/// <c>{..name}</c>, filters <c>[?(@.a=="b")]</c>, quoted texts <c>{"\n"}</c> and <c>{range .items[*]}...{end}</c>.
/// </summary>
internal sealed class JsonPathTemplate
{
    private readonly IReadOnlyList<Part> _parts;

    private JsonPathTemplate(IReadOnlyList<Part> parts) => _parts = parts;

    /// <exception cref="CliException">The template is not well-formed.</exception>
    public static JsonPathTemplate Parse(string template)
    {
        int position = 0;
        // kubectl takes a path without braces too.
        string text = template.Contains('{') ? template : $"{{{(template.StartsWith('.') || template.StartsWith('[') ? "" : ".")}{template}}}";
        List<Part> parts = ParseParts(text, ref position, inRange: false);
        return new JsonPathTemplate(parts);
    }

    public string Evaluate(JsonNode root)
    {
        StringBuilder text = new();
        Write(text, _parts, root, root);
        return text.ToString();
    }

    private static List<Part> ParseParts(string text, ref int position, bool inRange)
    {
        List<Part> parts = [];
        while (position < text.Length)
        {
            int open = text.IndexOf('{', position);
            if (open != position)
            {
                int end = open < 0 ? text.Length : open;
                parts.Add(new Part(text[position..end], null, null));
                position = end;
                continue;
            }
            int close = CloseOf(text, open);
            string inside = text[(open + 1)..close].Trim();
            position = close + 1;
            if (inside == "end")
            {
                return inRange ? parts : throw Wrong(text, "'{end}' without '{range ...}'");
            }
            if (inside.StartsWith("range ", StringComparison.Ordinal))
            {
                JsonPath path = JsonPath.Parse(inside[6..].Trim());
                parts.Add(new Part(null, path, ParseParts(text, ref position, inRange: true)));
                continue;
            }
            parts.Add(inside.Length > 1 && inside[0] is '"' or '\'' && inside[^1] == inside[0]
                ? new Part(Unescape(inside[1..^1]), null, null)
                : new Part(null, JsonPath.Parse(inside), null));
        }
        return inRange ? throw Wrong(text, "'{range ...}' without '{end}'") : parts;
    }

    private static int CloseOf(string text, int open)
    {
        char quote = '\0';
        for (int i = open + 1; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote && text[i - 1] != '\\' ? '\0' : quote;
            }
            else if (text[i] is '"' or '\'')
            {
                quote = text[i];
            }
            else if (text[i] == '}')
            {
                return i;
            }
        }
        throw Wrong(text, "a '{' without its '}'");
    }

    private static string Unescape(string text) => text
        .Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal)
        .Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    private static void Write(StringBuilder text, IReadOnlyList<Part> parts, JsonNode root, JsonNode? current)
    {
        foreach (Part part in parts)
        {
            if (part.Literal is not null)
            {
                text.Append(part.Literal);
            }
            else if (part.Body is not null)
            {
                foreach (JsonNode? item in part.Path!.Select(root, current))
                {
                    Write(text, part.Body, root, item);
                }
            }
            else
            {
                text.AppendJoin(' ', part.Path!.Select(root, current).Select(Text));
            }
        }
    }

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number) => number.ToString("R", CultureInfo.InvariantCulture),
        _ => node.ToJsonString(),
    };

    private static CliException Wrong(string template, string why) => new(ExitCodes.Usage, $"the JSONPath '{template}' is wrong: {why}");

    /// <summary>A literal text, a path whose values are printed, or a path with a body for each of its values.</summary>
    private sealed record Part(string? Literal, JsonPath? Path, IReadOnlyList<Part>? Body);
}
