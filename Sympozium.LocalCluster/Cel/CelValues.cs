using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel.Library;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Cel;

/// <summary>The value null.</summary>
internal sealed class CelNull
{
    public static readonly CelNull Value = new();

    private CelNull()
    {
    }
}

/// <summary>An optional that may hold a value.</summary>
internal sealed record CelOptional(object? Value)
{
    public static readonly CelOptional None = new((object?)null);
}

/// <summary>A type as a value, as <c>type(x)</c> gives it.</summary>
internal sealed record CelTypeValue(string Name);

/// <summary>
/// Values: bool, long, ulong, double, string, byte[], DateTimeOffset, TimeSpan, <see cref="CelNull"/>, <see cref="CelList"/>, <see cref="CelMap"/>,
/// <see cref="CelOptional"/>, <see cref="CelTypeValue"/> and those of the libraries.
/// </summary>
internal static class CelValues
{
    /// <summary>Whether a value belongs to a type; type parameters take anything.</summary>
    public static bool Is(object value, CelType type) => type.Kind switch
    {
        CelKind.Dyn or CelKind.Parameter => true,
        CelKind.Null => value is CelNull,
        CelKind.Bool => value is bool,
        CelKind.Int => value is long,
        CelKind.UInt => value is ulong,
        CelKind.Double => value is double,
        CelKind.String => value is string,
        CelKind.Bytes => value is byte[],
        CelKind.Timestamp => value is DateTimeOffset,
        CelKind.Duration => value is TimeSpan,
        CelKind.List => value is CelList list && (list.Count == 0 || type.Arguments[0].Kind is CelKind.Parameter or CelKind.Dyn || Is(list[0], type.Arguments[0])),
        CelKind.Map => value is CelMap,
        CelKind.Object => value is CelMap,
        CelKind.Optional => value is CelOptional,
        CelKind.Type => value is CelTypeValue,
        _ => TypeName(value) == type.Name,
    };

    /// <summary>Name of a value's type, as messages and <c>type()</c> give it.</summary>
    public static string TypeName(object value) => value switch
    {
        CelNull => "null_type",
        bool => "bool",
        long => "int",
        ulong => "uint",
        double => "double",
        string => "string",
        byte[] => "bytes",
        DateTimeOffset => "google.protobuf.Timestamp",
        TimeSpan => "google.protobuf.Duration",
        CelList => "list",
        CelMap => "map",
        CelOptional => "optional_type",
        CelTypeValue => "type",
        Quantity => QuantityFunctions.Type.Name,
        Uri => UrlFunctions.Type.Name,
        System.Net.IPAddress => AddressFunctions.AddressType.Name,
        System.Net.IPNetwork => AddressFunctions.NetworkType.Name,
        NamedFormat => FormatFunctions.Type.Name,
        CelAuthorizer => AuthorizerFunctions.Authorizer.Name,
        CelPathCheck => AuthorizerFunctions.PathCheck.Name,
        CelGroupCheck => AuthorizerFunctions.GroupCheck.Name,
        CelResourceCheck => AuthorizerFunctions.ResourceCheck.Name,
        CelDecision => AuthorizerFunctions.Decision.Name,
        _ => value.GetType().Name,
    };

    /// <summary>JSON as a value of the type that its schema gives it.</summary>
    public static object FromJson(JsonNode? node, CelType type)
    {
        switch (node)
        {
            case null:
                return CelNull.Value;
            case JsonObject map:
                return new CelMap(map, type);
            case JsonArray list:
                return new CelList(list, type);
        }

        if (GoJson.Flag(node) is { } flag)
        {
            return flag;
        }

        if (GoJson.Text(node) is { } text)
        {
            return FromText(text, type);
        }

        if (type.Kind == CelKind.Double)
        {
            return GoJson.Number(node) ?? 0d;
        }

        return GoJson.Integer(node) is { } whole ? (object)whole : GoJson.Number(node) ?? 0d;
    }

    public static bool AreEqual(object left, object right)
    {
        if (Order(left, right) is { } order)
        {
            return order == 0;
        }

        return (left, right) switch
        {
            (CelNull, CelNull) => true,
            (bool a, bool b) => a == b,
            (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
            (CelList a, CelList b) => a.SameAs(b),
            (CelMap a, CelMap b) => a.SameAs(b),
            (CelOptional a, CelOptional b) => a.Value is null || b.Value is null ? a.Value is null && b.Value is null : AreEqual(a.Value, b.Value),
            (double, double) => false,
            _ => left.Equals(right),
        };
    }

    /// <summary>How two values compare; null when they do not, as numbers that are none.</summary>
    public static int? Order(object left, object right) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (ulong a, ulong b) => a.CompareTo(b),
        (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b),
        (long a, ulong b) => a < 0 ? -1 : ((ulong)a).CompareTo(b),
        (ulong a, long b) => b < 0 ? 1 : a.CompareTo((ulong)b),
        (long a, double b) => Mixed(a, b),
        (double a, long b) => -Mixed(b, a),
        (ulong a, double b) => Mixed(a, b),
        (double a, ulong b) => -Mixed(b, a),
        (string a, string b) => CompareText(a, b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        (TimeSpan a, TimeSpan b) => a.CompareTo(b),
        (bool a, bool b) => a.CompareTo(b),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (Quantity a, Quantity b) => a.CompareTo(b),
        _ => null,
    };

    /// <summary>A key under which equal values meet.</summary>
    public static object HashKey(object value) => value switch
    {
        double real when real == Math.Floor(real) && Math.Abs(real) < 9e15 => (long)real,
        ulong whole when whole <= long.MaxValue => (long)whole,
        _ => value,
    };

    private static int? Mixed(double whole, double real) => double.IsNaN(real) ? null : whole.CompareTo(real);

    // By code points, which differs from UTF-16 beyond the basic plane.
    private static int CompareText(string left, string right)
    {
        int i = 0;
        while (i < left.Length && i < right.Length && left[i] == right[i])
        {
            i++;
        }

        if (i == left.Length || i == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        bool surrogates = char.IsSurrogate(left[i]) != char.IsSurrogate(right[i]);
        return surrogates ? (char.IsSurrogate(left[i]) ? 1 : -1) : left[i].CompareTo(right[i]);
    }

    private static object FromText(string text, CelType type)
    {
        try
        {
            return type.Kind switch
            {
                CelKind.Timestamp => TimeFunctions.ParseTime(text),
                CelKind.Duration => TimeFunctions.ParseDuration(text),
                CelKind.Bytes => Convert.FromBase64String(text),
                _ => text,
            };
        }
        catch (FormatException)
        {
            throw new CelException($"the value {GoJson.Quote(text)} is not of the type {type}");
        }
    }
}
