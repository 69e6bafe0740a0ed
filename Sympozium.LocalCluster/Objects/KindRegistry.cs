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
        _current = Make(store.Snapshot);
    }

    /// <summary>What is served now: whoever has seen a definition come or go finds its kinds come or gone here.</summary>
    public KindTable Current
    {
        get
        {
            KindTable current = Volatile.Read(ref _current);
            return ReferenceEquals(current.Source, _store.Snapshot.Identity(Definitions)) ? current : Refresh();
        }
    }

    private KindTable Refresh()
    {
        lock (_lock)
        {
            StoreSnapshot snapshot = _store.Snapshot;
            if (!ReferenceEquals(_current.Source, snapshot.Identity(Definitions)))
            {
                Volatile.Write(ref _current, Make(snapshot));
            }

            return _current;
        }
    }

    private KindTable Make(StoreSnapshot snapshot)
    {
        List<KindDefinition> kinds = [.. CoreKinds.All];
        foreach (StoredObject definition in snapshot.List(Definitions, ""))
        {
            kinds.AddRange(Read(definition));
        }

        return new KindTable(kinds, snapshot.Identity(Definitions));
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
