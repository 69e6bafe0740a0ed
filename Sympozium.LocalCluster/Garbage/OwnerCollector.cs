using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>
/// Owner references: an object goes when none of its owners exists; an owner that is deleted in the foreground waits for
/// its dependents; one that is deleted as an orphan's parent leaves them behind.
/// </summary>
internal sealed class OwnerCollector(OwnerGraph graph, KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (!isDeletion)
        {
            yield return changed.Key;
        }

        if (isDeletion)
        {
            foreach (StoredObject dependent in graph.Dependents(changed.Facts.Uid))
            {
                yield return dependent.Key;
            }
        }

        foreach (OwnerReference owner in changed.Facts.Owners)
        {
            if (graph.FindUid(owner.Uid) is { Facts.IsDeleting: true } waiting)
            {
                yield return waiting.Key;
            }
        }
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        ObjectFacts facts = stored.Facts;
        if (facts.IsDeleting && facts.Finalizers.Contains(ObjectRemover.OrphanFinalizer))
        {
            await OrphanAsync(stored, cancellationToken);
        }
        else if (facts.IsDeleting && facts.Finalizers.Contains(ObjectRemover.ForegroundFinalizer))
        {
            await ForegroundAsync(stored, cancellationToken);
        }
        else if (facts.Owners.Count > 0 && !facts.IsDeleting)
        {
            await OwnedAsync(stored, cancellationToken);
        }
    }

    private async Task OrphanAsync(StoredObject owner, CancellationToken cancellationToken)
    {
        foreach (StoredObject dependent in graph.Dependents(owner.Facts.Uid))
        {
            await ReleaseAsync(dependent, [owner.Facts.Uid], cancellationToken);
        }

        await DropFinalizerAsync(owner, ObjectRemover.OrphanFinalizer, cancellationToken);
    }

    private async Task ForegroundAsync(StoredObject owner, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredObject> dependents = graph.Dependents(owner.Facts.Uid);
        foreach (StoredObject dependent in dependents.Where(dependent => !dependent.Facts.IsDeleting && HasNoOtherOwner(dependent, owner.Facts.Uid)))
        {
            await RemoveAsync(dependent, "Foreground", cancellationToken);
        }

        bool isBlocked = dependents.Any(dependent => dependent.Facts.Owners.Any(reference => reference.Uid == owner.Facts.Uid && reference.BlockOwnerDeletion)
            && verbs.Reader.Find(Kind(dependent)!, dependent.Key.Namespace, dependent.Key.Name)?.Facts.Uid == dependent.Facts.Uid);
        if (!isBlocked)
        {
            await DropFinalizerAsync(owner, ObjectRemover.ForegroundFinalizer, cancellationToken);
        }
    }

    private async Task OwnedAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        List<string> absent = [];
        bool waits = false;
        foreach (OwnerReference owner in stored.Facts.Owners)
        {
            switch (Look(stored, owner))
            {
                case Presence.Present:
                    waits = true;
                    break;
                case Presence.Absent:
                    absent.Add(owner.Uid);
                    break;
            }
        }

        if (absent.Count == stored.Facts.Owners.Count)
        {
            await RemoveAsync(stored, "Background", cancellationToken);
        }
        else if (absent.Count > 0 && waits)
        {
            await ReleaseAsync(stored, absent, cancellationToken);
        }
    }

    private enum Presence
    {
        Present,
        Absent,
        Unknown,
    }

    private Presence Look(StoredObject dependent, OwnerReference owner)
    {
        if (registry.Current.FindKind(owner.ApiVersion, owner.Kind) is not { } kind)
        {
            // The owner's kind is not served (any more, or yet): nothing is deleted on a guess.
            return Presence.Unknown;
        }

        StoredObject? found = verbs.Reader.Find(kind, kind.Type.Namespaced ? dependent.Key.Namespace : null, owner.Name);
        return found is not null && found.Facts.Uid == owner.Uid ? Presence.Present : Presence.Absent;
    }

    private bool HasNoOtherOwner(StoredObject dependent, string uid) =>
        dependent.Facts.Owners.All(owner => owner.Uid == uid || graph.FindUid(owner.Uid) is null or { Facts.IsDeleting: true });

    private KindDefinition? Kind(StoredObject stored) => registry.Current.FindKind(stored.Facts.ApiVersion, stored.Facts.Kind);

    private async Task RemoveAsync(StoredObject stored, string policy, CancellationToken cancellationToken)
    {
        if (Kind(stored) is { } kind)
        {
            Removal removal = new() { PropagationPolicy = policy, Uid = stored.Facts.Uid };
            await verbs.Remover.DeleteAsync(kind, stored.Key.Namespace, stored.Key.Name, removal, GarbageWorker.Options(), cancellationToken);
        }
    }

    private Task ReleaseAsync(StoredObject stored, IReadOnlyCollection<string> owners, CancellationToken cancellationToken) => EditAsync(stored, resource =>
    {
        if (Metadata.Of(resource)["ownerReferences"] is JsonArray references)
        {
            JsonArray left = [.. references.Where(reference => !owners.Contains(reference?["uid"]?.ToString() ?? "")).Select(reference => reference!.DeepClone())];
            if (left.Count == 0)
            {
                Metadata.Of(resource).Remove("ownerReferences");
            }
            else
            {
                Metadata.Of(resource)["ownerReferences"] = left;
            }
        }

        return resource;
    }, cancellationToken);

    private Task DropFinalizerAsync(StoredObject stored, string finalizer, CancellationToken cancellationToken) => EditAsync(stored, resource =>
    {
        Metadata.SetFinalizers(resource, [.. Metadata.Finalizers(resource).Where(name => name != finalizer)]);
        return resource;
    }, cancellationToken);

    private async Task EditAsync(StoredObject stored, Func<JsonObject, JsonObject> change, CancellationToken cancellationToken)
    {
        if (Kind(stored) is { } kind && verbs.Reader.Find(kind, stored.Key.Namespace, stored.Key.Name)?.Facts.Uid == stored.Facts.Uid)
        {
            await verbs.Editor.PatchAsync(kind, stored.Key.Namespace, stored.Key.Name, null, change, GarbageWorker.Options(), cancellationToken);
        }
    }
}
