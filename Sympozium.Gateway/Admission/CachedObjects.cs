using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;

namespace Sympozium.Gateway.Admission;

/// <summary>All objects of a kind, kept up to date by one list and watch. Only what <paramref name="keep"/> leaves is kept.</summary>
internal sealed class CachedObjects(IKubernetesClient kubernetes, ResourceType type, Func<JsonObject, JsonObject?> keep, TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<ResourceKey, JsonObject> _objects = new();
    private readonly ResourceWatch _watch = new(kubernetes, type, new ResourceWatchOptions(), time, logger);
    private volatile bool _listed;

    /// <summary>What is cached.</summary>
    public ResourceType Type => type;

    /// <summary>Whether everything was listed at least once.</summary>
    public bool IsSynced => _listed;

    public IEnumerable<KeyValuePair<ResourceKey, JsonObject>> All => _objects;

    public JsonObject? Find(ResourceKey key) => _objects.GetValueOrDefault(key);

    /// <summary>Keeps up until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _watch.RunAsync(Replace, Change, cancellationToken);

    private void Replace(IReadOnlyList<JsonObject> items)
    {
        var present = new HashSet<ResourceKey>();
        foreach (JsonObject item in items)
        {
            present.Add(Key(item));
            Put(item);
        }

        foreach (ResourceKey gone in _objects.Keys.Where(key => !present.Contains(key)))
        {
            _objects.TryRemove(gone, out _);
        }

        _listed = true;
    }

    private void Change(WatchEvent change)
    {
        if (change.Type == WatchEventType.Deleted)
        {
            _objects.TryRemove(Key(change.Resource), out _);
        }
        else
        {
            Put(change.Resource);
        }
    }

    private void Put(JsonObject item)
    {
        if (keep(item) is { } kept)
        {
            Settle(kept);
            _objects[Key(item)] = kept;
        }
        else
        {
            _objects.TryRemove(Key(item), out _);
        }
    }

    /// <summary>A node parses its children at the first look, which must not happen on two threads at once: look at all of them now.</summary>
    private static void Settle(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach ((_, JsonNode? value) in fields)
                {
                    Settle(value);
                }

                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                {
                    Settle(item);
                }

                break;
        }
    }

    private static ResourceKey Key(JsonObject item)
    {
        var metadata = item["metadata"] as JsonObject;
        return new ResourceKey(metadata?["namespace"].AsText() ?? "", metadata?["name"].AsText() ?? "");
    }
}
