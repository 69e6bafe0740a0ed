using System.Collections.Frozen;
using Sympozium.LocalCluster.Cel.Library;

namespace Sympozium.LocalCluster.Cel;

/// <summary>One overload of a function.</summary>
/// <param name="Name">The function.</param>
/// <param name="IsMember">Called as <c>target.name()</c>; the target is the first parameter.</param>
/// <param name="Parameters">Types of the arguments.</param>
/// <param name="Result">Type of the result.</param>
/// <param name="Invoke">What it does with the arguments, which have the right types.</param>
internal sealed record CelFunction(string Name, bool IsMember, IReadOnlyList<CelType> Parameters, CelType Result, Func<object[], object> Invoke)
{
    /// <summary>Whether the values are what the signature says; expressions of type dyn are only known when they run.</summary>
    public bool Fits(object[] arguments)
    {
        if (arguments.Length != Parameters.Count)
        {
            return false;
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            if (!CelValues.Is(arguments[i], Parameters[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>The functions of CEL and of the libraries that Kubernetes adds, by name.</summary>
internal sealed class CelFunctions
{
    private static readonly Lazy<FrozenDictionary<(string Name, bool IsMember), CelFunction[]>> All = new(Load);

    private readonly List<CelFunction> _functions = [];

    public static IReadOnlyList<CelFunction> Find(string name, bool isMember) => All.Value.GetValueOrDefault((name, isMember)) ?? [];

    public static bool Exists(string name) => All.Value.ContainsKey((name, true)) || All.Value.ContainsKey((name, false));

    /// <summary>Adds an overload.</summary>
    /// <param name="signature">
    /// <c>size(list(A)): int</c> or, for members, <c>string.contains(string): bool</c>. Capital letters are type parameters.
    /// </param>
    /// <param name="invoke">What it does.</param>
    public void Add(string signature, Func<object[], object> invoke)
    {
        int open = NameEnd(signature);
        int close = signature.LastIndexOf("): ", StringComparison.Ordinal);
        string head = signature[..open];
        List<CelType> parameters = [.. Split(signature[(open + 1)..close]).Select(Type)];
        int dot = head.LastIndexOf('.');
        CelType? target = dot < 0 || IsNamespace(head[..dot]) ? null : Type(head[..dot]);
        if (target is not null)
        {
            parameters.Insert(0, target);
        }

        _functions.Add(new CelFunction(target is null ? head : head[(dot + 1)..], target is not null, parameters, Type(signature[(close + 3)..]), invoke));
    }

    private static FrozenDictionary<(string Name, bool IsMember), CelFunction[]> Load()
    {
        CelFunctions functions = new();
        OperatorFunctions.Add(functions);
        ConversionFunctions.Add(functions);
        StringFunctions.Add(functions);
        TimeFunctions.Add(functions);
        ListFunctions.Add(functions);
        RegexFunctions.Add(functions);
        UrlFunctions.Add(functions);
        AddressFunctions.Add(functions);
        QuantityFunctions.Add(functions);
        OptionalFunctions.Add(functions);
        FormatFunctions.Add(functions);
        AuthorizerFunctions.Add(functions);
        return functions._functions.GroupBy(function => (function.Name, function.IsMember)).ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    // Functions such as sets.contains(a, b) have a dot in their name and no target.
    private static bool IsNamespace(string head) => head is "sets" or "optional" or "strings" or "lists" or "format" or "ip" or "math";

    private static int NameEnd(string signature)
    {
        // The parenthesis of the arguments is the first one that no type before the dot has opened.
        int depth = 0;
        for (int i = 0; i < signature.Length; i++)
        {
            if (signature[i] == '(')
            {
                bool isType = depth > 0 || signature[..i] is "list" or "map" or "optional_type";
                if (!isType)
                {
                    return i;
                }

                depth++;
            }
            else if (signature[i] == ')')
            {
                depth--;
            }
        }

        throw new ArgumentException($"no arguments in \"{signature}\"", nameof(signature));
    }

    private static IEnumerable<string> Split(string list)
    {
        int depth = 0;
        int start = 0;
        for (int i = 0; i < list.Length; i++)
        {
            depth += list[i] == '(' ? 1 : list[i] == ')' ? -1 : 0;
            if (list[i] == ',' && depth == 0)
            {
                yield return list[start..i].Trim();
                start = i + 1;
            }
        }

        if (list.Length > start)
        {
            yield return list[start..].Trim();
        }
    }

    private static CelType Type(string text)
    {
        int open = text.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            CelType[] arguments = [.. Split(text[(open + 1)..^1]).Select(Type)];
            return text[..open] switch
            {
                "list" => CelType.List(arguments[0]),
                "map" => CelType.Map(arguments[0], arguments[1]),
                _ => CelType.Optional(arguments[0]),
            };
        }

        return text switch
        {
            "dyn" => CelType.Dyn,
            "null" => CelType.Null,
            "bool" => CelType.Bool,
            "int" => CelType.Int,
            "uint" => CelType.UInt,
            "double" => CelType.Double,
            "string" => CelType.String,
            "bytes" => CelType.Bytes,
            "timestamp" => CelType.Timestamp,
            "duration" => CelType.Duration,
            "type" => CelType.Type,
            "quantity" => QuantityFunctions.Type,
            "url" => UrlFunctions.Type,
            "net.IP" => AddressFunctions.AddressType,
            "net.CIDR" => AddressFunctions.NetworkType,
            "namedformat" => FormatFunctions.Type,
            "authorizer" => AuthorizerFunctions.Authorizer,
            "pathcheck" => AuthorizerFunctions.PathCheck,
            "groupcheck" => AuthorizerFunctions.GroupCheck,
            "resourcecheck" => AuthorizerFunctions.ResourceCheck,
            "decision" => AuthorizerFunctions.Decision,
            [>= 'A' and <= 'Z'] => CelType.Parameter(text),
            _ => throw new ArgumentException($"unknown type \"{text}\"", nameof(text)),
        };
    }
}
