using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>A CustomResourceDefinition that is deleted takes its objects with it and goes when there are none.</summary>
internal sealed class DefinitionCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == KindRegistry.Definitions)
        {
            if (!isDeletion)
            {
                yield return changed.Key;
            }
        }
        else if (isDeletion && changed.Key.Resource.Group.Length > 0)
        {
            // Definitions are named after the resource that they define.
            yield return new ObjectKey(KindRegistry.Definitions, "", changed.Key.Resource.ToString());
        }
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != KindRegistry.Definitions || !stored.Facts.IsDeleting || !stored.Facts.Finalizers.Contains(Definitions.CleanupFinalizer))
        {
            return;
        }

        int dot = stored.Key.Name.IndexOf('.', StringComparison.Ordinal);
        ResourceKey resource = new(stored.Key.Name[(dot + 1)..], stored.Key.Name[..dot]);
        bool isEmpty = true;
        foreach (StoredObject content in store.Snapshot.List(resource, null))
        {
            isEmpty &= await RemoveAsync(content, cancellationToken);
        }

        if (isEmpty)
        {
            KindDefinition kind = registry.Current.Find(KindRegistry.Definitions.Group, "v1", KindRegistry.Definitions.Plural)!;
            await verbs.Editor.PatchAsync(
                kind, null, stored.Key.Name, null,
                definition =>
                {
                    Metadata.SetFinalizers(definition, [.. Metadata.Finalizers(definition).Where(name => name != Definitions.CleanupFinalizer)]);
                    return definition;
                },
                GarbageWorker.Options(), cancellationToken);
            await GiveNamesAsync(kind, resource.Group);
        }
    }

    // What it was called is free now; others of its group may have waited for that.
    private async Task GiveNamesAsync(KindDefinition kind, string group)
    {
        foreach (StoredObject other in store.Snapshot.List(KindRegistry.Definitions, "").Where(other => other.Key.Name.EndsWith($".{group}", StringComparison.Ordinal)).ToList())
        {
            if (!Definitions.IsServed(other.ToJson()))
            {
                await verbs.Editor.EstablishAsync(kind, other.Key.Name);
            }
        }
    }

    private async Task<bool> RemoveAsync(StoredObject content, CancellationToken cancellationToken)
    {
        if (content.Facts.IsDeleting || registry.Current.FindKind(content.Facts.ApiVersion, content.Facts.Kind) is not { } kind)
        {
            return false;
        }

        RemovalResult result = await verbs.Remover.DeleteAsync(
            kind, content.Key.Namespace, content.Key.Name, new Removal(), GarbageWorker.Options(), cancellationToken);
        return result.IsGone;
    }
}
