using System.Globalization;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Objects;

/// <summary>A label selector: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k,l&gt;1</c>.</summary>
public sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly List<Requirement> _requirements;

    private LabelSelector(List<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        Exists,
        Absent,
        In,
        NotIn,
        Greater,
        Less,
    }

    public bool IsEverything => _requirements.Count == 0;

    /// <exception cref="KubernetesException">400, with the words of Kubernetes.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        Tokens tokens = new(text);
        List<Requirement> requirements = [];
        while (true)
        {
            string first = tokens.Peek();
            if (first.Length == 0)
            {
                return new LabelSelector(requirements);
            }

            if (first != "!" && !Tokens.IsIdentifier(first))
            {
                throw Refusals.BadRequest($"found '{first}', expected: !, identifier, or 'end of string'");
            }

            requirements.Add(ReadRequirement(tokens));
            string next = tokens.Next();
            if (next.Length == 0)
            {
                return new LabelSelector(requirements);
            }

            if (next != ",")
            {
                throw Refusals.BadRequest($"found '{next}', expected: ',' or 'end of string'");
            }

            if (tokens.Peek() is var after && after != "!" && !Tokens.IsIdentifier(after))
            {
                throw Refusals.BadRequest($"found '{after}', expected: identifier after ','");
            }
        }
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.TrueForAll(requirement => requirement.Matches(labels));

    private static Requirement ReadRequirement(Tokens tokens)
    {
        string key = tokens.Next();
        bool isAbsent = key == "!";
        if (isAbsent)
        {
            key = tokens.Next();
        }

        if (!Tokens.IsIdentifier(key))
        {
            throw Unreadable($"found '{key}', expected: identifier");
        }

        string[] wrong = [.. Names.QualifiedName(key)];
        if (wrong.Length > 0)
        {
            throw Unreadable($"<nil>: Invalid value: {GoJson.Quote(key)}: {string.Join("; ", wrong)}");
        }

        if (tokens.Peek() is "" or ",")
        {
            return new Requirement(key, isAbsent ? Operator.Absent : Operator.Exists, []);
        }

        string word = tokens.Next();
        (Operator how, HashSet<string> values) = word switch
        {
            "=" or "==" => (Operator.In, [Value(tokens)]),
            "!=" => (Operator.NotIn, [Value(tokens)]),
            "in" => (Operator.In, Values(tokens)),
            "notin" => (Operator.NotIn, Values(tokens)),
            ">" => (Operator.Greater, [Value(tokens)]),
            "<" => (Operator.Less, [Value(tokens)]),
            _ => throw Unreadable($"found '{word}', expected: in, notin, =, ==, !=, gt, lt"),
        };
        Check(key, how, values);
        return new Requirement(key, how, values);
    }

    private static void Check(string key, Operator how, HashSet<string> values)
    {
        List<string> wrong = [];
        foreach (string value in values.Order(StringComparer.Ordinal))
        {
            if (how is Operator.Greater or Operator.Less && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            {
                wrong.Add($"values[0]: Invalid value: {GoJson.Quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer");
            }

            if (Names.LabelValue(value).ToList() is { Count: > 0 } bad)
            {
                wrong.Add($"values[{key}]: Invalid value: {GoJson.Quote(value)}: {string.Join("; ", bad)}");
            }
        }

        if (wrong.Count > 0)
        {
            throw Unreadable(wrong.Count == 1 ? wrong[0] : $"[{string.Join(", ", wrong)}]");
        }
    }

    private static KubernetesException Unreadable(string why) => Refusals.BadRequest($"unable to parse requirement: {why}");

    private static string Value(Tokens tokens)
    {
        if (tokens.Peek() is "" or ",")
        {
            return "";
        }

        string next = tokens.Next();
        return Tokens.IsIdentifier(next) ? next : throw Unreadable($"found '{next}', expected: identifier");
    }

    private static HashSet<string> Values(Tokens tokens)
    {
        string open = tokens.Next();
        if (open != "(")
        {
            throw Unreadable($"found '{open}' expected: '('");
        }

        string first = tokens.Peek();
        if (first == ")")
        {
            tokens.Next();
            return [""];
        }

        if (first != "," && !Tokens.IsIdentifier(first))
        {
            throw Unreadable($"found '{first}', expected: ',', ')' or identifier");
        }

        HashSet<string> values = new(StringComparer.Ordinal);
        while (true)
        {
            string token = tokens.Next();
            if (Tokens.IsIdentifier(token))
            {
                values.Add(token);
                if (tokens.Peek() is not ("," or ")"))
                {
                    throw Unreadable($"found '{tokens.Peek()}', expected: ',' or ')'");
                }
            }
            else if (token == ",")
            {
                // An empty text before, between or after commas is a value.
                if (values.Count == 0 || tokens.Peek() is ")" or ",")
                {
                    values.Add("");
                }
            }
            else
            {
                throw Unreadable($"found '{token}', expected: ',', or identifier");
            }

            if (tokens.Peek() == ")")
            {
                tokens.Next();
                return values;
            }
        }
    }

    private sealed record Requirement(string Key, Operator Operator, HashSet<string> Values)
    {
        public bool Matches(IReadOnlyDictionary<string, string> labels)
        {
            bool present = labels.TryGetValue(Key, out string? value);
            return Operator switch
            {
                Operator.Exists => present,
                Operator.Absent => !present,
                Operator.In => present && Values.Contains(value!),
                Operator.NotIn => !present || !Values.Contains(value!),
                _ => present && Compare(value!),
            };
        }

        private bool Compare(string value)
        {
            if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                return false;
            }

            long limit = long.Parse(Values.First(), CultureInfo.InvariantCulture);
            return Operator == Operator.Greater ? number > limit : number < limit;
        }
    }

    private sealed class Tokens(string text)
    {
        private const string Special = "=!(),<>";
        private int _at;

        public static bool IsIdentifier(string token) => token.Length > 0 && !Special.Contains(token[0], StringComparison.Ordinal);

        public string Peek()
        {
            int at = _at;
            string token = Next();
            _at = at;
            return token;
        }

        public string Next()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            if (_at == text.Length)
            {
                return "";
            }

            int start = _at;
            if (Special.Contains(text[_at], StringComparison.Ordinal))
            {
                _at += text[start] is '=' or '!' && _at + 1 < text.Length && text[_at + 1] == '=' ? 2 : 1;
                return text[start.._at];
            }

            while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !Special.Contains(text[_at], StringComparison.Ordinal))
            {
                _at++;
            }

            return text[start.._at];
        }
    }
}
