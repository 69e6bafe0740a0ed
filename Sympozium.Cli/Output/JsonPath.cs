using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Output;

/// <summary>One path of a <see cref="JsonPathTemplate"/>: steps that each turn nodes into nodes.</summary>
internal sealed class JsonPath
{
    private readonly List<Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>> _steps = [];
    private bool _fromRoot;

    /// <summary>The nodes that the path selects.</summary>
    /// <param name="root">What <c>$</c> means.</param>
    /// <param name="current">What <c>@</c> and a leading dot mean.</param>
    public IEnumerable<JsonNode?> Select(JsonNode? root, JsonNode? current) =>
        _steps.Aggregate((IEnumerable<JsonNode?>)[_fromRoot ? root : current], (nodes, step) => step(nodes)).Where(n => n is not null);

    /// <exception cref="CliException">The path is not well-formed.</exception>
    public static JsonPath Parse(string text)
    {
        JsonPath path = new();
        int i = 0;
        if (text.StartsWith('$') || text.StartsWith('@'))
        {
            path._fromRoot = text[0] == '$';
            i = 1;
        }
        while (i < text.Length)
        {
            if (text[i] == '[')
            {
                int close = CloseOf(text, i);
                path._steps.Add(Bracket(text[(i + 1)..close].Trim(), text));
                i = close + 1;
                continue;
            }
            i = path.AddName(text, i);
        }
        return path;
    }

    // From a dot (or the start) to the next step; returns where that begins. A backslash keeps a dot in the name.
    private int AddName(string text, int from)
    {
        bool recursive = text.AsSpan(from).StartsWith("..");
        int start = from + (recursive ? 2 : text[from] == '.' ? 1 : 0);
        int end = start;
        while (end < text.Length && (text[end] is not ('.' or '[') || (end > start && text[end - 1] == '\\')))
        {
            end++;
        }
        if (end == start && end < text.Length && text[end] != '[')
        {
            throw Wrong(text, "a name is missing after '.'");
        }
        if (recursive)
        {
            _steps.Add(nodes => nodes.SelectMany(Descend));
        }
        string name = text[start..end].Replace("\\.", ".", StringComparison.Ordinal);
        if (name.Length > 0)
        {
            _steps.Add(name == "*" ? Children : nodes => nodes.Select(n => Member(n, name)));
        }
        return end;
    }

    private static Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>> Bracket(string inside, string text)
    {
        if (inside == "*")
        {
            return Children;
        }
        if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')'))
        {
            Func<JsonNode?, bool> filter = Filter(inside[2..^1].Trim(), text);
            return nodes => Children(nodes).Where(filter);
        }
        if (inside.Length > 1 && inside[0] is '\'' or '"' && inside[^1] == inside[0])
        {
            string name = inside[1..^1];
            return nodes => nodes.Select(n => Member(n, name));
        }
        int?[] bounds = [.. inside.Split(':').Select(p => Number(p, text))];
        return bounds.Length switch
        {
            1 when bounds[0] is { } index => nodes => nodes.Select(n => At(n, index)),
            2 => nodes => nodes.SelectMany(n => Slice(n, bounds[0], bounds[1])),
            _ => throw Wrong(text, $"'[{inside}]' is not an index, a slice, '*', a name in quotes or a filter"),
        };
    }

    private static Func<JsonNode?, bool> Filter(string expression, string text)
    {
        foreach (string comparison in (string[])["==", "!="])
        {
            int at = expression.IndexOf(comparison, StringComparison.Ordinal);
            if (at > 0)
            {
                JsonPath left = Parse(expression[..at].Trim());
                string right = expression[(at + 2)..].Trim().Trim('"', '\'');
                return node => left.Select(node, node).Any(n => Plain(n) == right) == (comparison == "==");
            }
        }
        if (!expression.StartsWith('@'))
        {
            throw Wrong(text, $"the filter '{expression}' is none of @.a, @.a==\"b\", @.a!=\"b\"");
        }
        JsonPath exists = Parse(expression);
        return node => exists.Select(node, node).Any();
    }

    private static int CloseOf(string text, int open)
    {
        int depth = 0;
        char quote = '\0';
        for (int i = open; i < text.Length; i++)
        {
            char c = text[i];
            quote = quote != '\0' ? (c == quote ? '\0' : quote) : c is '"' or '\'' ? c : '\0';
            depth += quote != '\0' ? 0 : c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth == 0 && quote == '\0')
            {
                return i;
            }
        }
        throw Wrong(text, "a '[' without its ']'");
    }

    private static int? Number(string part, string text) =>
        part.Length == 0 ? null
        : int.TryParse(part, CultureInfo.InvariantCulture, out int number) ? number
        : throw Wrong(text, $"'{part}' is not an index");

    private static IEnumerable<JsonNode?> Children(IEnumerable<JsonNode?> nodes) => nodes.SelectMany(n => n switch
    {
        JsonArray array => array,
        JsonObject members => members.Select(m => m.Value),
        _ => [],
    });

    private static IEnumerable<JsonNode?> Descend(JsonNode? node) => [node, .. Children([node]).SelectMany(Descend)];

    private static JsonNode? Member(JsonNode? node, string name) => node is JsonObject members ? members[name] : null;

    private static JsonNode? At(JsonNode? node, int index) =>
        node is JsonArray array && (index < 0 ? index + array.Count : index) is var i && i >= 0 && i < array.Count ? array[i] : null;

    private static IEnumerable<JsonNode?> Slice(JsonNode? node, int? from, int? to)
    {
        JsonArray array = node as JsonArray ?? [];
        int start = Math.Clamp(from is < 0 ? from.Value + array.Count : from ?? 0, 0, array.Count);
        int end = Math.Clamp(to is < 0 ? to.Value + array.Count : to ?? array.Count, start, array.Count);
        return array.Skip(start).Take(end - start);
    }

    private static string Plain(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString() ?? "null";

    private static CliException Wrong(string path, string why) => new(ExitCodes.Usage, $"the JSONPath '{path}' is wrong: {why}");
}
