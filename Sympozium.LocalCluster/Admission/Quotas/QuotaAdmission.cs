using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>
/// Refuses what would take more than the ResourceQuotas of its namespace allow. In a namespace that has one, creations and whatever makes an object take more
/// go one after another, so that two cannot both take the last of it; anywhere else this costs one look-up.
/// </summary>
public sealed class QuotaAdmission(ClusterStore store)
{
    internal static readonly ResourceType Quotas = new("", "v1", "resourcequotas", "ResourceQuota");

    private static readonly ResourceKey Resource = ObjectReader.Resource(Quotas);

    private readonly NamespaceTurns _turns = new();

    /// <summary>Checks a creation or a change. What is returned is to be disposed of once the object is stored; null when nothing bounds it.</summary>
    /// <param name="kind">Which resource.</param>
    /// <param name="resource">The object as it is to be stored.</param>
    /// <param name="old">The object as it is stored; null for a creation.</param>
    /// <param name="cancellationToken">Gives up waiting for its turn.</param>
    /// <exception cref="KubernetesException">403: a quota is exceeded, or the pod names no amount for what a quota bounds.</exception>
    public async ValueTask<IDisposable?> EnterAsync(KindDefinition kind, JsonObject resource, JsonObject? old, CancellationToken cancellationToken)
    {
        string ns = resource.Map("metadata").Text("namespace");
        if (ns.Length == 0 || store.Snapshot.Count(Resource, ns) == 0 || (old is not null && !QuotaUsage.MayGrow(kind.Type)))
        {
            return null;
        }

        IDisposable turn = await _turns.TakeAsync(ns, cancellationToken);
        try
        {
            Check(store.Snapshot, ns, kind.Type, resource, old);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private static void Check(StoreSnapshot snapshot, string ns, ResourceType type, JsonObject resource, JsonObject? old)
    {
        Taken? before = old is null ? null : QuotaUsage.Of(type.Group, type.Plural, old);
        Taken taken = QuotaUsage.Of(type.Group, type.Plural, resource);
        string name = resource.Map("metadata").Text("name");
        List<Quota> quotas = [.. snapshot.List(Resource, ns).Select(stored => new Quota(stored.ToJson())).Where(quota => quota.MayCount(type.Group, type.Plural))];
        foreach (Quota quota in quotas)
        {
            if (old is null && QuotaUsage.IsPod(type) && quota.Counts(taken.Scopes!) && Missing(quota, resource.Map("spec")) is { Length: > 0 } missing)
            {
                throw Refusals.Forbidden(type, name, $"failed quota: {quota.Name}: must specify {missing}");
            }
        }

        foreach (Quota quota in quotas)
        {
            Dictionary<string, Quantity> held = before is null ? [] : quota.Bounded(before).ToDictionary(StringComparer.Ordinal);
            List<KeyValuePair<string, Quantity>> asked =
            [
                .. quota.Bounded(taken).Select(amount => KeyValuePair.Create(amount.Key, new Quantity(amount.Value.Nanos - held.GetValueOrDefault(amount.Key).Nanos, amount.Value.Form)))
                    .Where(amount => amount.Value.Nanos.Sign > 0),
            ];
            if (asked.Count == 0)
            {
                continue;
            }

            Dictionary<string, Quantity> used = QuotaUsage.Total(snapshot, ns, quota);
            List<KeyValuePair<string, Quantity>> exceeding = [.. asked.Where(amount => used[amount.Key].Nanos + amount.Value.Nanos > quota.Hard[amount.Key].Nanos)];
            if (exceeding.Count > 0)
            {
                string requested = Amounts.Show(exceeding);
                string taking = Amounts.Show(exceeding.Select(amount => KeyValuePair.Create(amount.Key, used[amount.Key])));
                string limited = Amounts.Show(exceeding.Select(amount => KeyValuePair.Create(amount.Key, quota.Hard[amount.Key])));
                throw Refusals.Forbidden(type, name, $"exceeded quota: {quota.Name}, requested: {requested}, used: {taking}, limited: {limited}");
            }
        }
    }

    /// <summary>The bounded resources which containers name no amount for, with these containers; empty when none.</summary>
    private static string Missing(Quota quota, JsonObject? spec)
    {
        SortedDictionary<string, SortedSet<string>> missing = new(StringComparer.Ordinal);
        foreach (string name in quota.Hard.Keys)
        {
            (string part, string resource) = name.Split('.', 2) is [("requests" or "limits") and var first, var rest] ? (first, rest) : ("requests", name);
            if (resource is not ("cpu" or "memory" or "ephemeral-storage"))
            {
                continue;
            }

            foreach ((_, JsonObject container) in spec.Items("containers").Concat(spec.Items("initContainers")))
            {
                if (container.Map("resources").Map(part)?[resource] is null)
                {
                    (missing.TryGetValue(name, out SortedSet<string>? containers) ? containers : missing[name] = new SortedSet<string>(StringComparer.Ordinal)).Add(container.Text("name"));
                }
            }
        }

        return string.Join("; ", missing.Select(entry => $"{entry.Key} for: {string.Join(",", entry.Value)}"));
    }
}
