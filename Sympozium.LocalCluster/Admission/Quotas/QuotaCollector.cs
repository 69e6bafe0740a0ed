using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Garbage;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>Keeps the status of a ResourceQuota at what its namespace takes.</summary>
internal sealed class QuotaCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs) : ICollector
{
    private static readonly ResourceKey Quotas = ObjectReader.Resource(QuotaAdmission.Quotas);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == Quotas && !isDeletion)
        {
            yield return changed.Key;
        }

        if (changed.Key.Namespace.Length > 0)
        {
            foreach (StoredObject quota in store.Snapshot.List(Quotas, changed.Key.Namespace))
            {
                yield return quota.Key;
            }
        }
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Quotas || store.Snapshot.Find(stored.Key) is not { } present || present.Facts.IsDeleting)
        {
            return;
        }

        JsonObject resource = present.ToJson();
        Quota quota = new(resource);
        JsonObject status = new()
        {
            ["hard"] = Amounts.Render(quota.Hard),
            ["used"] = Amounts.Render(QuotaUsage.Total(store.Snapshot, stored.Key.Namespace, quota)),
        };
        if (JsonNode.DeepEquals(resource.Map("status"), status) || (quota.Hard.Count == 0 && resource.Map("status") is { Count: 0 }))
        {
            return;
        }

        KindDefinition kind = registry.Current.FindKind(stored.Facts.ApiVersion, stored.Facts.Kind)!;
        await verbs.Editor.PatchAsync(kind, stored.Key.Namespace, stored.Key.Name, "status", Show, GarbageWorker.Options(), cancellationToken);

        JsonObject Show(JsonObject current)
        {
            current["status"] = status.DeepClone();
            return current;
        }
    }
}
