using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Watching;

/// <summary>
/// A copy of one kind that a watch keeps fresh, for those who read often (an informer). Converges on what the server has: by the first list, by
/// each event, and by the list of each resync. Objects are kept as UTF-8, a fifth of what the parsed tree takes; each reader gets a tree of its own.
/// </summary>
public sealed class ResourceCache(IKubernetesClient kubernetes, ResourceType type, ResourceWatchOptions options, TimeProvider time, ILogger logger)
{
    private readonly ResourceWatch _watch = new(kubernetes, type, options, time, logger);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Guards <see cref="_entries"/> and <see cref="_indexes"/>.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<(string Namespace, string Name), Entry> _entries = [];
    private readonly Dictionary<string, Index> _indexes = [];

    /// <summary>Called after the cache has changed, one change at a time and in order. Must not wait; hand keys to a <see cref="ReconcileQueue{TKey}"/>.</summary>
    public event Action<ResourceChange>? Changed;

    /// <summary>Whether the first list has arrived.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>Whether the last list or watch worked.</summary>
    public bool IsHealthy => _watch.IsHealthy;

    /// <summary>How many objects there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Adds a way to find objects: all those that <paramref name="values"/> gives one value. To be called before <see cref="RunAsync"/>.</summary>
    public void AddIndex(string name, Func<JsonObject, IEnumerable<string>> values) => _indexes.Add(name, new Index(values));

    /// <summary>Keeps the copy fresh until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _watch.RunAsync(Replace, Apply, cancellationToken);

    /// <summary>Waits for the first list.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>One object; null when there is none.</summary>
    public JsonObject? Get(string? ns, string name)
    {
        Entry? entry;
        lock (_lock)
        {
            _entries.TryGetValue((ns ?? "", name), out entry);
        }

        return entry?.Parse();
    }

    /// <summary>All objects, or those of a namespace.</summary>
    public IReadOnlyList<JsonObject> List(string? ns)
    {
        Entry[] found;
        lock (_lock)
        {
            found = [.. _entries.Where(pair => ns is null || pair.Key.Namespace == ns).Select(pair => pair.Value)];
        }

        return [.. found.Select(entry => entry.Parse())];
    }

    /// <summary>The objects that an index gives this value.</summary>
    public IReadOnlyList<JsonObject> Find(string index, string value)
    {
        Entry[] found;
        lock (_lock)
        {
            found = _indexes[index].Keys.TryGetValue(value, out HashSet<(string, string)>? keys) ? [.. keys.Select(key => _entries[key])] : [];
        }

        return [.. found.Select(entry => entry.Parse())];
    }

    private void Replace(IReadOnlyList<JsonObject> present)
    {
        List<ResourceChange> changes = [];
        lock (_lock)
        {
            HashSet<(string, string)> gone = [.. _entries.Keys];
            foreach (JsonObject resource in present)
            {
                gone.Remove(KeyOf(resource));
                Put(resource, changes);
            }

            foreach ((string, string) key in gone)
            {
                Remove(key, null, changes);
            }
        }

        Tell(changes);
        _synced.TrySetResult();
    }

    private void Apply(WatchEvent change)
    {
        List<ResourceChange> changes = [];
        lock (_lock)
        {
            if (change.Type == WatchEventType.Deleted)
            {
                Remove(KeyOf(change.Resource), change.Resource, changes);
            }
            else
            {
                Put(change.Resource, changes);
            }
        }

        Tell(changes);
    }

    /// <summary>Call with the lock held.</summary>
    private void Put(JsonObject resource, List<ResourceChange> changes)
    {
        (string, string) key = KeyOf(resource);
        string version = (string?)resource["metadata"]?["resourceVersion"] ?? "";
        _entries.TryGetValue(key, out Entry? old);
        if (old is not null && old.Version == version && version.Length > 0)
        {
            return;
        }

        if (old is not null)
        {
            Unindex(key, old);
        }

        Dictionary<string, string[]> values = [];
        foreach ((string name, Index index) in _indexes)
        {
            values[name] = [.. index.Values(resource).Distinct()];
            foreach (string value in values[name])
            {
                (index.Keys.TryGetValue(value, out HashSet<(string, string)>? keys) ? keys : index.Keys[value] = []).Add(key);
            }
        }

        _entries[key] = new Entry(JsonText.Write(resource), version, values);
        changes.Add(new ResourceChange(old is null ? WatchEventType.Added : WatchEventType.Modified, key.Item1, key.Item2, old?.Parse(), resource));
    }

    /// <summary>Call with the lock held.</summary>
    private void Remove((string Namespace, string Name) key, JsonObject? last, List<ResourceChange> changes)
    {
        if (_entries.Remove(key, out Entry? old))
        {
            Unindex(key, old);
            changes.Add(new ResourceChange(WatchEventType.Deleted, key.Namespace, key.Name, old.Parse(), last));
        }
    }

    /// <summary>Call with the lock held.</summary>
    private void Unindex((string, string) key, Entry entry)
    {
        foreach ((string name, string[] values) in entry.IndexValues)
        {
            foreach (string value in values)
            {
                HashSet<(string, string)> keys = _indexes[name].Keys[value];
                keys.Remove(key);
                if (keys.Count == 0)
                {
                    _indexes[name].Keys.Remove(value);
                }
            }
        }
    }

    private void Tell(List<ResourceChange> changes)
    {
        foreach (ResourceChange change in changes)
        {
            Changed?.Invoke(change);
        }
    }

    private static (string Namespace, string Name) KeyOf(JsonObject resource) =>
        ((string?)resource["metadata"]?["namespace"] ?? "", (string?)resource["metadata"]?["name"] ?? "");

    private sealed class Entry(byte[] json, string version, Dictionary<string, string[]> indexValues)
    {
        public string Version => version;

        public Dictionary<string, string[]> IndexValues => indexValues;

        public JsonObject Parse() => JsonText.Read(json);
    }

    private sealed record Index(Func<JsonObject, IEnumerable<string>> Values)
    {
        public Dictionary<string, HashSet<(string Namespace, string Name)>> Keys { get; } = [];
    }
}
