namespace Sympozium.LocalCluster.Cel;

/// <summary>The sorts of types.</summary>
internal enum CelKind
{
    Dyn,
    Null,
    Bool,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,
    Object,
    Optional,
    Type,

    /// <summary>A type of a library, such as <c>kubernetes.Quantity</c>.</summary>
    Opaque,

    /// <summary>A type parameter in the signature of a function.</summary>
    Parameter,
}

/// <summary>The type of an expression.</summary>
internal sealed record CelType
{
    public static readonly CelType Dyn = new(CelKind.Dyn, "dyn");
    public static readonly CelType Null = new(CelKind.Null, "null_type");
    public static readonly CelType Bool = new(CelKind.Bool, "bool");
    public static readonly CelType Int = new(CelKind.Int, "int");
    public static readonly CelType UInt = new(CelKind.UInt, "uint");
    public static readonly CelType Double = new(CelKind.Double, "double");
    public static readonly CelType String = new(CelKind.String, "string");
    public static readonly CelType Bytes = new(CelKind.Bytes, "bytes");
    public static readonly CelType Timestamp = new(CelKind.Timestamp, "google.protobuf.Timestamp");
    public static readonly CelType Duration = new(CelKind.Duration, "google.protobuf.Duration");
    public static readonly CelType Type = new(CelKind.Type, "type");

    private CelType(CelKind kind, string name, params CelType[] arguments)
    {
        Kind = kind;
        Name = name;
        Arguments = arguments;
    }

    public CelKind Kind { get; }

    public string Name { get; }

    public IReadOnlyList<CelType> Arguments { get; }

    /// <summary>Fields of an object by their name in expressions.</summary>
    public IReadOnlyDictionary<string, CelField> Fields { get; private init; } = new Dictionary<string, CelField>(0);

    /// <summary>How a list from a schema compares: atomic, set or map.</summary>
    public string? ListType { get; private init; }

    /// <summary>Fields by which the items of a list of type map are known.</summary>
    public IReadOnlyList<string> ListKeys { get; private init; } = [];

    public static CelType List(CelType item) => new(CelKind.List, "list", item);

    public static CelType List(CelType item, string? listType, IReadOnlyList<string> keys) => new(CelKind.List, "list", item) { ListType = listType, ListKeys = keys };

    public static CelType Map(CelType key, CelType value) => new(CelKind.Map, "map", key, value);

    public static CelType Optional(CelType value) => new(CelKind.Optional, "optional_type", value);

    public static CelType Object(string name, IReadOnlyDictionary<string, CelField> fields) => new(CelKind.Object, name) { Fields = fields };

    public static CelType Opaque(string name) => new(CelKind.Opaque, name);

    public static CelType Parameter(string name) => new(CelKind.Parameter, name);

    /// <summary>As messages show it, for example <c>map(string, list(int))</c>.</summary>
    public override string ToString() => Arguments.Count == 0 ? Name : $"{Name}({string.Join(", ", Arguments)})";

    public bool Equals(CelType? other) => other is not null && Kind == other.Kind && Name == other.Name && Arguments.SequenceEqual(other.Arguments);

    public override int GetHashCode() => HashCode.Combine(Kind, Name, Arguments.Count);
}

/// <summary>A field of an object: its type, and what JSON calls it.</summary>
internal sealed record CelField(string JsonName, CelType Type);

/// <summary>Binds type parameters while the arguments of a function are compared with its signature.</summary>
internal sealed class CelBindings
{
    private readonly Dictionary<string, CelType> _types = new(StringComparer.Ordinal);

    /// <summary>Whether a value of <paramref name="actual"/> may stand where <paramref name="wanted"/> is.</summary>
    public bool Accepts(CelType wanted, CelType actual)
    {
        if (wanted.Kind == CelKind.Parameter)
        {
            if (!_types.TryGetValue(wanted.Name, out CelType? bound) || bound.Kind is CelKind.Dyn)
            {
                _types[wanted.Name] = actual;
                return true;
            }

            if (Accepts(bound, actual))
            {
                return true;
            }

            // null joins what may be null: the parameter then is the other type.
            if (bound.Kind == CelKind.Null && CanBeNull(actual))
            {
                _types[wanted.Name] = actual;
                return true;
            }

            return false;
        }

        if (wanted.Kind == CelKind.Dyn || actual.Kind == CelKind.Dyn)
        {
            return true;
        }

        if (actual.Kind == CelKind.Null && CanBeNull(wanted))
        {
            return true;
        }

        if (wanted.Kind != actual.Kind || wanted.Arguments.Count != actual.Arguments.Count || (wanted.Arguments.Count == 0 && wanted.Name != actual.Name))
        {
            return false;
        }

        return wanted.Arguments.Zip(actual.Arguments).All(pair => Accepts(pair.First, pair.Second));
    }

    /// <summary>The type with its parameters replaced; those that nothing is known of become dyn.</summary>
    public CelType Apply(CelType type)
    {
        if (type.Kind == CelKind.Parameter)
        {
            return _types.GetValueOrDefault(type.Name, CelType.Dyn);
        }

        return type.Kind switch
        {
            CelKind.List => CelType.List(Apply(type.Arguments[0])),
            CelKind.Map => CelType.Map(Apply(type.Arguments[0]), Apply(type.Arguments[1])),
            CelKind.Optional => CelType.Optional(Apply(type.Arguments[0])),
            _ => type,
        };
    }

    private static bool CanBeNull(CelType type) =>
        type.Kind is CelKind.Null or CelKind.Object or CelKind.Opaque or CelKind.Timestamp or CelKind.Duration or CelKind.Optional;
}
