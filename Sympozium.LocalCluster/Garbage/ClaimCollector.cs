using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>A PersistentVolumeClaim that is deleted stays as long as a pod uses it.</summary>
internal sealed class ClaimCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    private const string Protection = "kubernetes.io/pvc-protection";
    private static readonly ResourceKey Claims = ObjectReader.Resource(CoreTypes.PersistentVolumeClaims);
    private static readonly ResourceKey Pods = ObjectReader.Resource(CoreTypes.Pods);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == Claims && !isDeletion)
        {
            return [changed.Key];
        }

        return changed.Key.Resource == Pods && isDeletion ? ClaimsOf(changed).Select(name => new ObjectKey(Claims, changed.Key.Namespace, name)) : [];
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Claims || !stored.Facts.IsDeleting || !stored.Facts.Finalizers.Contains(Protection)
            || store.Snapshot.List(Pods, stored.Key.Namespace).Any(pod => ClaimsOf(pod).Contains(stored.Key.Name)))
        {
            return;
        }

        KindDefinition kind = registry.Current.FindKind(stored.Facts.ApiVersion, stored.Facts.Kind)!;
        await verbs.Editor.PatchAsync(kind, stored.Key.Namespace, stored.Key.Name, null, Release, GarbageWorker.Options(), cancellationToken);
    }

    private static JsonObject Release(JsonObject claim)
    {
        Metadata.SetFinalizers(claim, [.. Metadata.Finalizers(claim).Where(name => name != Protection)]);
        return claim;
    }

    private static List<string> ClaimsOf(StoredObject pod)
    {
        JsonArray volumes = (pod.ToJson()["spec"] as JsonObject)?["volumes"] as JsonArray ?? [];
        return [.. volumes.Select(volume => volume?["persistentVolumeClaim"]?["claimName"]?.ToString()).OfType<string>()];
    }
}
