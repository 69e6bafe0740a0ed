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
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
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
        if (_known.TryGetValue(name, out Known? known) && known.Revision == definition.Revision)
        {
            return known.Kinds;
        }

        // Writes of the status alone leave the kinds, and all that is cached with them, as they are.
        JsonObject json = definition.ToJson();
        long generation = Metadata.Number(Metadata.Of(json), "generation") ?? 0;
        bool isServed = Objects.Definitions.IsServed(json);
        IReadOnlyList<KindDefinition> kinds = !isServed
            ? []
            : known is { Kinds.Count: > 0 } && known.Uid == definition.Facts.Uid && known.Generation == generation
            ? known.Kinds
            : [.. CustomKinds.FromCrd(json, []).Select(kind => kind with { SchemaRevision = definition.Revision })];
        _known[name] = new Known(definition.Facts.Uid, generation, definition.Revision, kinds);
        return kinds;
    }

    private sealed record Known(string Uid, long Generation, long Revision, IReadOnlyList<KindDefinition> Kinds);
}
