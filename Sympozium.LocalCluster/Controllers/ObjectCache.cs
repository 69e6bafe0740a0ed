using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>
/// All objects of a kind as a watch shows them, with the own writes that it has not shown yet: who has created something finds
/// it here at once and does not create it again.
/// </summary>
internal sealed class ObjectCache<T>(
    IKubernetesClient client, ResourceType type, Func<JsonObject, T> read, ResourceWatchOptions options, TimeProvider time, ILogger logger)
    where T : ObjectFacts
{
    /// <summary>Guards <see cref="_namespaces"/>, what is in it, and <see cref="_seen"/>.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<string, Dictionary<string, T>> _namespaces = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nothing up to this version is news.</summary>
    private long _seen;

    public ResourceType Type => type;

    /// <summary>Done when everything that was there at the start is known.</summary>
    public Task WhenListed => _listed.Task;

    /// <summary>Keeps up until cancelled; calls back after each change with the state before and after it.</summary>
    public Task RunAsync(Action<T?, T?> changed, CancellationToken cancellationToken) =>
        new ResourceWatch(client, type, options, time, logger).RunAsync(items => Listed(items, changed), change => Happened(change, changed), cancellationToken);

    public T? Find(string ns, string name)
    {
        lock (_lock)
        {
            return _namespaces.GetValueOrDefault(ns)?.GetValueOrDefault(name);
        }
    }

    public IReadOnlyList<T> List(string ns)
    {
        lock (_lock)
        {
            return _namespaces.TryGetValue(ns, out Dictionary<string, T>? objects) ? [.. objects.Values] : [];
        }
    }

    public IReadOnlyList<T> ListAll()
    {
        lock (_lock)
        {
            return [.. _namespaces.Values.SelectMany(objects => objects.Values)];
        }
    }

    /// <summary>What a write of one's own has brought back.</summary>
    public T Put(JsonObject written)
    {
        T facts = read(written);
        lock (_lock)
        {
            // What the watch has passed by already may be gone again.
            if (facts.Version > _seen && (Own(facts.Namespace).GetValueOrDefault(facts.Name) is not { } known || known.Version < facts.Version))
            {
                Own(facts.Namespace)[facts.Name] = facts;
            }
        }

        return facts;
    }

    private void Listed(IReadOnlyList<JsonObject> items, Action<T?, T?> changed)
    {
        List<T> present = [.. items.Select(read)];
        List<T> before = [.. ListAll()];
        HashSet<string> uids = new(present.Select(item => item.Uid), StringComparer.Ordinal);
        lock (_lock)
        {
            // An own write after the list was made is dropped too; the watch that follows shows it again.
            _seen = present.Aggregate(_seen, (newest, item) => Math.Max(newest, item.Version));
            foreach (T gone in before.Where(item => !uids.Contains(item.Uid)))
            {
                Drop(gone);
            }

            foreach (T item in present)
            {
                Keep(item);
            }
        }

        foreach (T gone in before.Where(item => !uids.Contains(item.Uid)))
        {
            changed(gone, null);
        }

        foreach (T item in present)
        {
            changed(null, item);
        }

        _listed.TrySetResult();
    }

    private void Happened(WatchEvent change, Action<T?, T?> changed)
    {
        T item = read(change.Resource);
        T? before;
        lock (_lock)
        {
            _seen = Math.Max(_seen, item.Version);
            before = _namespaces.GetValueOrDefault(item.Namespace)?.GetValueOrDefault(item.Name);
            if (change.Type == WatchEventType.Deleted)
            {
                Drop(item);
            }
            else
            {
                Keep(item);
            }
        }

        changed(before ?? (change.Type == WatchEventType.Deleted ? item : null), change.Type == WatchEventType.Deleted ? null : item);
    }

    private void Keep(T item)
    {
        Dictionary<string, T> own = Own(item.Namespace);
        if (!own.TryGetValue(item.Name, out T? known) || known.Version <= item.Version)
        {
            own[item.Name] = item;
        }
    }

    private void Drop(T item)
    {
        if (_namespaces.TryGetValue(item.Namespace, out Dictionary<string, T>? own) && own.TryGetValue(item.Name, out T? known) && known.Uid == item.Uid)
        {
            own.Remove(item.Name);
            if (own.Count == 0)
            {
                _namespaces.Remove(item.Namespace);
            }
        }
    }

    private Dictionary<string, T> Own(string ns)
    {
        if (!_namespaces.TryGetValue(ns, out Dictionary<string, T>? own))
        {
            _namespaces[ns] = own = new Dictionary<string, T>(StringComparer.Ordinal);
        }

        return own;
    }
}
