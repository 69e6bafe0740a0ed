namespace Sympozium.LocalCluster.Cel;

/// <summary>How large a value can get, as its schema says: what the static cost of an expression over it is estimated from.</summary>
/// <param name="Most">Most bytes of a text, items of a list or entries of a map; 0 for anything else.</param>
/// <param name="LeastBytes">Bytes that the value takes in JSON at least.</param>
internal sealed record CelExtent(double Most, double LeastBytes)
{
    /// <summary>Largest request that a server takes, in bytes; bounds what no schema bounds.</summary>
    public const double RequestBytes = 3 * 1024 * 1024;

    /// <summary>Whether it is a map, whose macros run over its keys.</summary>
    public bool IsMap { get; init; }

    /// <summary>Items of a list, values of a map.</summary>
    public CelExtent? Element { get; init; }

    /// <summary>Fields of an object by their name in expressions.</summary>
    public IReadOnlyDictionary<string, CelExtent> Fields { get; init; } = new Dictionary<string, CelExtent>(0);

    /// <summary>How often a value of this size can be in one request, when nothing bounds the lists it is in.</summary>
    public double MostInRequest => Math.Floor(RequestBytes / (LeastBytes + 1));
}
