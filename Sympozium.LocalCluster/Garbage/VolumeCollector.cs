using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>A PersistentVolume that is deleted stays as long as it is bound to a claim.</summary>
internal sealed class VolumeCollector(KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    private const string Protection = "kubernetes.io/pv-protection";
    private static readonly ResourceKey Volumes = ObjectReader.Resource(CoreTypes.PersistentVolumes);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion) => changed.Key.Resource == Volumes && !isDeletion ? [changed.Key] : [];

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Volumes || !stored.Facts.IsDeleting || !stored.Facts.Finalizers.Contains(Protection)
            || stored.ToJson()["status"]?["phase"]?.ToString() == "Bound")
        {
            return;
        }

        KindDefinition kind = registry.Current.FindKind(stored.Facts.ApiVersion, stored.Facts.Kind)!;
        await verbs.Editor.PatchAsync(kind, null, stored.Key.Name, null, Release, GarbageWorker.Options(), cancellationToken);
    }

    private static JsonObject Release(JsonObject volume)
    {
        Metadata.SetFinalizers(volume, [.. Metadata.Finalizers(volume).Where(name => name != Protection)]);
        return volume;
    }
}
