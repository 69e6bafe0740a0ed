using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The kinds that are served at one moment; immutable.</summary>
public sealed class KindTable
{
    private readonly Dictionary<(string Group, string Version, string Plural), KindDefinition> _byPlural = [];
    private readonly Dictionary<(string Group, string Version, string Kind), KindDefinition> _byKind = [];
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal);

    internal KindTable(IReadOnlyList<KindDefinition> kinds, object? source)
    {
        Kinds = kinds;
        Source = source;
        foreach (KindDefinition kind in kinds)
        {
            _byPlural.TryAdd((kind.Type.Group, kind.Type.Version, kind.Type.Plural), kind);
            _byKind.TryAdd((kind.Type.Group, kind.Type.Version, kind.Type.Kind), kind);
            _groups.Add(kind.Type.Group);
        }
    }

    public IReadOnlyList<KindDefinition> Kinds { get; }

    /// <summary>Identity of the definitions that the table was made from.</summary>
    internal object? Source { get; }

    public bool HasGroup(string group) => _groups.Contains(group);

    public KindDefinition? Find(string group, string version, string plural) => _byPlural.GetValueOrDefault((group, version, plural));

    public KindDefinition? FindKind(string apiVersion, string kind)
    {
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return _byKind.GetValueOrDefault((slash < 0 ? "" : apiVersion[..slash], apiVersion[(slash + 1)..], kind));
    }
}
