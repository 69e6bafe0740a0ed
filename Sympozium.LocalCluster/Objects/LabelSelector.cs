using System.Globalization;

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

    /// <exception cref="Sympozium.Kubernetes.Api.KubernetesException">400, with the words of Kubernetes.</exception>
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

            if (tokens.Peek().Length == 0)
            {
                throw Refusals.BadRequest("found '', expected: identifier after ','");
            }
        }
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.TrueForAll(requirement => requirement.Matches(labels));

    private static Requirement ReadRequirement(Tokens tokens)
    {
        string key = tokens.Next();
        if (key == "!")
        {
            return new Requirement(Name(tokens.Next()), Operator.Absent, []);
        }

        Name(key);
        switch (tokens.Peek())
        {
            case "" or ",":
                return new Requirement(key, Operator.Exists, []);
            case "=" or "==":
                tokens.Next();
                return new Requirement(key, Operator.In, [Value(tokens)]);
            case "!=":
                tokens.Next();
                return new Requirement(key, Operator.NotIn, [Value(tokens)]);
            case "in":
                tokens.Next();
                return new Requirement(key, Operator.In, Values(tokens));
            case "notin":
                tokens.Next();
                return new Requirement(key, Operator.NotIn, Values(tokens));
            case ">":
                tokens.Next();
                return new Requirement(key, Operator.Greater, [Number(key, tokens)]);
            case "<":
                tokens.Next();
                return new Requirement(key, Operator.Less, [Number(key, tokens)]);
            default:
                throw Refusals.BadRequest($"unable to parse requirement: found '{tokens.Peek()}', expected: in, notin, =, ==, !=, gt, lt");
        }
    }

    private static string Name(string token) => Tokens.IsIdentifier(token)
        ? token
        : throw Refusals.BadRequest($"found '{token}', expected: !, identifier, or 'end of string'");

    private static string Value(Tokens tokens)
    {
        string next = tokens.Peek();
        if (next is "" or ",")
        {
            return "";
        }

        tokens.Next();
        return Tokens.IsIdentifier(next) ? next : throw Refusals.BadRequest($"found '{next}', expected: identifier");
    }

    private static string Number(string key, Tokens tokens)
    {
        string value = Value(tokens);
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? value
            : throw Refusals.BadRequest($"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer");
    }

    private static HashSet<string> Values(Tokens tokens)
    {
        string open = tokens.Next();
        if (open != "(")
        {
            throw Refusals.BadRequest($"unable to parse requirement: found '{open}' expected: '('");
        }

        HashSet<string> values = new(StringComparer.Ordinal);
        while (true)
        {
            string token = tokens.Next();
            switch (token)
            {
                case ")":
                    return values;
                case ",":
                    break;
                default:
                    if (!Tokens.IsIdentifier(token))
                    {
                        throw Refusals.BadRequest($"unable to parse requirement: found '{token}', expected: ',', or identifier");
                    }

                    values.Add(token);
                    if (tokens.Peek() is not ("," or ")"))
                    {
                        throw Refusals.BadRequest($"unable to parse requirement: found '{tokens.Peek()}', expected: ',' or ')'");
                    }

                    break;
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
