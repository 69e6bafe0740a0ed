using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>A namespace that is deleted takes its contents with it and goes when it is empty; a living one has what every namespace has.</summary>
internal sealed class NamespaceCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs, Func<string> authority) : ICollector
{
    private static readonly ResourceKey Namespaces = ObjectReader.Resource(CoreTypes.Namespaces);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == Namespaces)
        {
            if (!isDeletion)
            {
                yield return changed.Key;
            }
        }
        else if (changed.Key.Namespace.Length > 0 && isDeletion)
        {
            yield return new ObjectKey(Namespaces, "", changed.Key.Namespace);
        }
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Namespaces)
        {
            return;
        }

        if (!stored.Facts.IsDeleting)
        {
            await FurnishAsync(stored.Key.Name, cancellationToken);
            return;
        }

        bool isEmpty = true;
        StoreSnapshot snapshot = store.Snapshot;
        foreach (ResourceKey resource in snapshot.Resources)
        {
            foreach (StoredObject content in snapshot.List(resource, stored.Key.Name))
            {
                isEmpty &= await RemoveAsync(content, cancellationToken);
            }
        }

        if (isEmpty)
        {
            KindDefinition kind = Kind(CoreTypes.Namespaces);
            await verbs.Editor.PatchAsync(kind, null, stored.Key.Name, "finalize", Finish, GarbageWorker.Options(), cancellationToken);
        }
    }

    private static JsonObject Finish(JsonObject ns)
    {
        (ns["spec"] as JsonObject)?.Remove("finalizers");
        return ns;
    }

    /// <summary>Whether the object is gone already.</summary>
    private async Task<bool> RemoveAsync(StoredObject content, CancellationToken cancellationToken)
    {
        if (registry.Current.FindKind(content.Facts.ApiVersion, content.Facts.Kind) is not { } kind)
        {
            return false;
        }

        if (content.Facts.IsDeleting)
        {
            return false;
        }

        try
        {
            RemovalResult result = await verbs.Remover.DeleteAsync(
                kind, content.Key.Namespace, content.Key.Name, new Removal { PropagationPolicy = "Background" }, GarbageWorker.Options(), cancellationToken);
            return result.IsGone;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return true;
        }
    }

    private async Task FurnishAsync(string name, CancellationToken cancellationToken)
    {
        await EnsureAsync(CoreTypes.ServiceAccounts, name, "default", [], cancellationToken);
        JsonObject trust = new() { ["data"] = new JsonObject { ["ca.crt"] = authority() } };
        await EnsureAsync(CoreTypes.ConfigMaps, name, "kube-root-ca.crt", trust, cancellationToken);
    }

    private async Task EnsureAsync(ResourceType type, string ns, string name, JsonObject resource, CancellationToken cancellationToken)
    {
        KindDefinition kind = Kind(type);
        if (verbs.Reader.Find(kind, ns, name) is not null)
        {
            return;
        }

        resource["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns };
        try
        {
            await verbs.Creator.CreateAsync(kind, ns, resource, GarbageWorker.Options(), cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists || exception.IsNotFound || exception.Reason == StatusReasons.Forbidden)
        {
            // Made by somebody else meanwhile, or the namespace is going.
            return;
        }
    }

    private KindDefinition Kind(ResourceType type) => registry.Current.Find(type.Group, type.Version, type.Plural)!;
}
