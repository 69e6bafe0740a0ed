using System.Collections.Immutable;

namespace Sympozium.LocalCluster.Store;

/// <summary>All objects as of one revision; immutable, so a list is consistent without a lock.</summary>
public sealed class StoreSnapshot
{
    private static readonly ImmutableSortedDictionary<string, StoredObject> NoObjects = ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    private static readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> NoNamespaces =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, StoredObject>>(StringComparer.Ordinal);

    private readonly ImmutableDictionary<ResourceKey, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>> _resources;

    private StoreSnapshot(
        long revision, ImmutableDictionary<ResourceKey, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>> resources)
    {
        Revision = revision;
        _resources = resources;
    }

    public static StoreSnapshot Empty { get; } =
        new(0, ImmutableDictionary<ResourceKey, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>>.Empty);

    public long Revision { get; }

    public IEnumerable<ResourceKey> Resources => _resources.Keys;

    public StoredObject? Find(ObjectKey key) =>
        _resources.TryGetValue(key.Resource, out var namespaces) && namespaces.TryGetValue(key.Namespace, out var objects)
            ? objects.GetValueOrDefault(key.Name)
            : null;

    /// <summary>Objects in order of namespace and name; null means all namespaces.</summary>
    public IEnumerable<StoredObject> List(ResourceKey resource, string? ns)
    {
        if (!_resources.TryGetValue(resource, out var namespaces))
        {
            return [];
        }

        if (ns is null)
        {
            return namespaces.Values.SelectMany(objects => objects.Values);
        }

        return namespaces.TryGetValue(ns, out var found) ? found.Values : [];
    }

    /// <summary>The same object as long as nothing of that resource changes; null when there is nothing.</summary>
    public object? Identity(ResourceKey resource) => _resources.GetValueOrDefault(resource);

    public int Count(ResourceKey resource, string? ns)
    {
        if (!_resources.TryGetValue(resource, out var namespaces))
        {
            return 0;
        }

        return ns is null ? namespaces.Values.Sum(objects => objects.Count) : namespaces.TryGetValue(ns, out var found) ? found.Count : 0;
    }

    internal StoreSnapshot With(long revision, IEnumerable<StoreEvent> events)
    {
        var resources = _resources;
        foreach (StoreEvent change in events)
        {
            ObjectKey key = change.Stored.Key;
            var namespaces = resources.GetValueOrDefault(key.Resource, NoNamespaces);
            var objects = namespaces.GetValueOrDefault(key.Namespace, NoObjects);
            objects = change.IsDeletion ? objects.Remove(key.Name) : objects.SetItem(key.Name, change.Stored);
            namespaces = objects.IsEmpty ? namespaces.Remove(key.Namespace) : namespaces.SetItem(key.Namespace, objects);
            resources = namespaces.IsEmpty ? resources.Remove(key.Resource) : resources.SetItem(key.Resource, namespaces);
        }

        return new StoreSnapshot(revision, resources);
    }
}
