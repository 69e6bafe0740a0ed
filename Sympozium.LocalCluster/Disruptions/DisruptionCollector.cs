using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Garbage;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Disruptions;

/// <summary>Keeps the status of a PodDisruptionBudget at what its pods are.</summary>
internal sealed class DisruptionCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs, TimeProvider time) : ICollector
{
    private static readonly ResourceKey Budgets = ObjectReader.Resource(DisruptionState.Budgets);
    private static readonly ResourceKey Pods = ObjectReader.Resource(CoreTypes.Pods);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == Budgets)
        {
            return isDeletion ? [] : [changed.Key];
        }

        return changed.Key.Resource == Pods ? store.Snapshot.List(Budgets, changed.Key.Namespace).Select(budget => budget.Key) : [];
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Budgets || store.Snapshot.Find(stored.Key) is not { } present || present.Facts.IsDeleting)
        {
            return;
        }

        JsonObject budget = present.ToJson();
        JsonObject status = DisruptionState.Of(store.Snapshot, stored.Key.Namespace, budget).Render(budget, time.GetUtcNow());
        if (JsonNode.DeepEquals(budget.Map("status"), status))
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
