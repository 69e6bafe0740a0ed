using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>
/// The JSONPath that columns and selectable fields are written in: <c>.a.b</c>, <c>.a\.b</c>, <c>['a.b']</c>, <c>[0]</c>, <c>[-1]</c>,
/// <c>[*]</c>, <c>['a','b']</c>, <c>[?(@.type=="Ready")]</c>.
/// </summary>
internal sealed class JsonPath
{
    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "<", ">"];

    private readonly List<Func<JsonNode, IEnumerable<JsonNode?>>> _steps = [];

    /// <summary>The parsed path; null when the text is not one.</summary>
    public static JsonPath? TryParse(string text)
    {
        JsonPath path = new();
        string trimmed = text.StartsWith('{') && text.EndsWith('}') ? text[1..^1] : text;
        return path.Parse(trimmed.StartsWith('$') ? trimmed[1..] : trimmed) ? path : null;
    }

    /// <summary>The values that are there; nulls are not.</summary>
    public IEnumerable<JsonNode> Find(JsonNode root)
    {
        IEnumerable<JsonNode> found = [root];
        foreach (Func<JsonNode, IEnumerable<JsonNode?>> step in _steps)
        {
            found = found.SelectMany(step).OfType<JsonNode>();
        }

        return found;
    }

    private bool Parse(string text)
    {
        int position = 0;
        while (position < text.Length)
        {
            if (text[position] == '[')
            {
                int end = Closing(text, position);
                if (end < 0 || !Bracket(text[(position + 1)..end].Trim()))
                {
                    return false;
                }

                position = end + 1;
            }
            else
            {
                position += text[position] == '.' ? 1 : 0;
                string name = Name(text, ref position);
                if (name.Length == 0)
                {
                    return position >= text.Length;
                }

                Field(name);
            }
        }

        return true;
    }

    private static string Name(string text, ref int position)
    {
        StringBuilder name = new();
        while (position < text.Length && text[position] is not ('.' or '['))
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
            }

            name.Append(text[position++]);
        }

        return name.ToString();
    }

    private static int Closing(string text, int open)
    {
        char quote = '\0';
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c == '[')
            {
                depth++;
            }
            else if (c == ']' && --depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private bool Bracket(string inner)
    {
        if (inner == "*")
        {
            _steps.Add(node => node switch { JsonArray list => list, JsonObject map => map.Select(pair => pair.Value), _ => [] });
            return true;
        }

        if (Union(inner) is { } names)
        {
            _steps.Add(node => node is JsonObject map ? names.Select(name => map[name]) : []);
            return true;
        }

        if (inner.Length >= 2 && inner[0] is '\'' or '"' && inner[^1] == inner[0])
        {
            Field(inner[1..^1]);
            return true;
        }

        if (int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            _steps.Add(node => node is JsonArray list && (index < 0 ? list.Count + index : index) is var at && at >= 0 && at < list.Count ? [list[at]] : []);
            return true;
        }

        return inner.StartsWith("?(", StringComparison.Ordinal) && inner.EndsWith(')') && Filter(inner[2..^1].Trim());
    }

    /// <summary>Several quoted names, <c>'a','b'</c>: the values of all that are there, in this order.</summary>
    private static string[]? Union(string inner)
    {
        string[] parts = inner.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts.All(part => part.Length > 2 && part[0] == '\'' && part[^1] == '\'') ? [.. parts.Select(part => part[1..^1])] : null;
    }

    private void Field(string name)
    {
        if (name == "*")
        {
            Bracket("*");
            return;
        }

        _steps.Add(node => node is JsonObject map ? [map[name]] : []);
    }

    private bool Filter(string condition)
    {
        if (!condition.StartsWith('@'))
        {
            return false;
        }

        foreach (string symbol in Operators)
        {
            int at = condition.IndexOf(symbol, StringComparison.Ordinal);
            if (at < 0)
            {
                continue;
            }

            string wanted = condition[(at + symbol.Length)..].Trim().Trim('"', '\'');
            if (TryParse(condition[1..at].Trim()) is not { } left)
            {
                return false;
            }

            _steps.Add(node => (node as JsonArray ?? []).Where(item => item is not null && left.Find(item).Any(value => Compare(value, symbol, wanted))));
            return true;
        }

        if (TryParse(condition[1..]) is not { } present)
        {
            return false;
        }

        _steps.Add(node => (node as JsonArray ?? []).Where(item => item is not null && present.Find(item).Any()));
        return true;
    }

    private static bool Compare(JsonNode value, string symbol, string wanted)
    {
        string text = GoJson.Text(value) ?? value.ToJsonString();
        int order = GoJson.Number(value) is { } left && double.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out double right)
            ? left.CompareTo(right)
            : string.CompareOrdinal(text, wanted);
        return symbol switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            ">" => order > 0,
            "<=" => order <= 0,
            _ => order >= 0,
        };
    }
}
