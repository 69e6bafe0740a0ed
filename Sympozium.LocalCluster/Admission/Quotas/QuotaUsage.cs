using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Pods;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>What an object takes of the resources that a quota can bound.</summary>
internal static class QuotaUsage
{
    private static readonly HashSet<string> CountedPlainly =
        new(["configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services"], StringComparer.Ordinal);

    // The same stored object always takes the same; it is looked at with every creation in its namespace.
    private static readonly ConditionalWeakTable<StoredObject, Taken> Known = [];

    private static readonly ResourceKey Pods = ObjectReader.Resource(CoreTypes.Pods);

    /// <summary>What the object takes, and its scopes when it is a pod.</summary>
    public static Taken Of(string group, string plural, JsonObject resource)
    {
        Dictionary<string, Quantity> amounts = new(StringComparer.Ordinal) { [group.Length == 0 ? $"count/{plural}" : $"count/{plural}.{group}"] = Amounts.Of(1) };
        if (group.Length > 0)
        {
            return new Taken(amounts, null);
        }

        if (CountedPlainly.Contains(plural))
        {
            amounts[plural] = Amounts.Of(1);
        }

        switch (plural)
        {
            case "pods":
                return Pod(resource, amounts);
            case "services":
                Service(resource.Map("spec"), amounts);
                break;
            case "persistentvolumeclaims":
                Claim(resource.Map("spec"), amounts);
                break;
        }

        return new Taken(amounts, null);
    }

    /// <summary>What all objects of a namespace take of what a quota bounds.</summary>
    public static Dictionary<string, Quantity> Total(StoreSnapshot snapshot, string ns, Quota quota)
    {
        Dictionary<string, Quantity> total = quota.Hard.Keys.ToDictionary(name => name, _ => Amounts.Of(0), StringComparer.Ordinal);
        foreach (ResourceKey resource in snapshot.Resources)
        {
            if (!quota.MayCount(resource.Group, resource.Plural))
            {
                continue;
            }

            foreach (StoredObject stored in snapshot.List(resource, ns))
            {
                Taken taken = Known.GetValue(stored, static found => Of(found.Key.Resource.Group, found.Key.Resource.Plural, found.ToJson()));
                foreach ((string name, Quantity amount) in quota.Bounded(taken))
                {
                    total.Increase(name, amount);
                }
            }
        }

        return total;
    }

    /// <summary>Whether a change of an object of this resource may make it take more.</summary>
    public static bool MayGrow(ResourceType type) => type is { Group: "", Plural: "pods" or "services" or "persistentvolumeclaims" };

    public static bool IsPod(ResourceType type) => type is { Group: "", Plural: "pods" };

    private static Taken Pod(JsonObject pod, Dictionary<string, Quantity> amounts)
    {
        JsonObject? spec = pod.Map("spec");
        PodScopes scopes = new(spec.Integer("activeDeadlineSeconds") is not null, PodResources.QosClass(spec ?? []) == "BestEffort", spec.Text("priorityClassName"));
        if (pod.Map("status").Text("phase") is "Failed" or "Succeeded")
        {
            return new Taken(amounts, scopes);
        }

        amounts[Pods.Plural] = Amounts.Of(1);
        foreach ((string name, Quantity amount) in PodAmounts.Of(spec, "requests"))
        {
            amounts[$"requests.{name}"] = amount;
            if (name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                amounts[name] = amount;
            }
        }

        foreach ((string name, Quantity amount) in PodAmounts.Of(spec, "limits"))
        {
            amounts[$"limits.{name}"] = amount;
        }

        return new Taken(amounts, scopes);
    }

    private static void Service(JsonObject? spec, Dictionary<string, Quantity> amounts)
    {
        long ports = spec.Items("ports").Count();
        switch (spec.Text("type"))
        {
            case "NodePort":
                amounts["services.nodeports"] = Amounts.Of(ports);
                break;
            case "LoadBalancer":
                amounts["services.loadbalancers"] = Amounts.Of(1);
                amounts["services.nodeports"] = Amounts.Of(GoJson.Flag(spec?["allocateLoadBalancerNodePorts"]) == false ? 0 : ports);
                break;
        }
    }

    private static void Claim(JsonObject? spec, Dictionary<string, Quantity> amounts)
    {
        string storageClass = spec.Text("storageClassName");
        if (storageClass.Length > 0)
        {
            amounts[$"{storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims"] = Amounts.Of(1);
        }

        if (Amounts.Parse(spec.Map("resources").Map("requests")?["storage"]) is { } storage)
        {
            amounts["requests.storage"] = storage;
            if (storageClass.Length > 0)
            {
                amounts[$"{storageClass}.storageclass.storage.k8s.io/requests.storage"] = storage;
            }
        }
    }
}

/// <summary>What one object takes.</summary>
/// <param name="Amounts">By the names that quotas use.</param>
/// <param name="Scopes">Of a pod; null for any other object.</param>
internal sealed record Taken(IReadOnlyDictionary<string, Quantity> Amounts, PodScopes? Scopes);

/// <summary>By what quotas tell pods apart.</summary>
internal sealed record PodScopes(bool IsTerminating, bool IsBestEffort, string PriorityClass);
