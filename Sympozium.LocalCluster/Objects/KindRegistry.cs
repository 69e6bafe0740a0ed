using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Which kinds are served: the core kinds and those of the stored CustomResourceDefinitions.</summary>
public sealed class KindRegistry
{
    public static readonly ResourceKey Definitions = new(CoreTypes.CustomResourceDefinitions.Group, CoreTypes.CustomResourceDefinitions.Plural);

    private readonly ClusterStore _store;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, (long Revision, IReadOnlyList<KindDefinition> Kinds)> _known = new(StringComparer.Ordinal);
    private KindTable _current;

    public KindRegistry(ClusterStore store)
    {
        _store = store;
        _current = new KindTable(CoreKinds.All, 0);
        Refresh();
    }

    public KindTable Current => Volatile.Read(ref _current);

    /// <summary>Reads the definitions again; called after each write to them and before it is answered.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            List<KindDefinition> kinds = [.. CoreKinds.All];
            foreach (StoredObject definition in _store.Snapshot.List(Definitions, ""))
            {
                kinds.AddRange(Read(definition));
            }

            Volatile.Write(ref _current, new KindTable(kinds, _current.Generation + 1));
        }
    }

    private IReadOnlyList<KindDefinition> Read(StoredObject definition)
    {
        string name = definition.Key.Name;
        if (_known.TryGetValue(name, out var known) && known.Revision == definition.Revision)
        {
            return known.Kinds;
        }

        JsonObject json = definition.ToJson();
        IReadOnlyList<KindDefinition> kinds = CustomKinds.FromCrd(json, []);
        _known[name] = (definition.Revision, kinds);
        return kinds;
    }
}
