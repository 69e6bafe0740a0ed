using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Disruptions;

/// <summary>How many pods of a PodDisruptionBudget are healthy, must be, and may be evicted now.</summary>
/// <param name="Healthy">Ready pods that are not going.</param>
/// <param name="Desired">Pods that must stay healthy.</param>
/// <param name="Expected">Pods that there should be.</param>
internal sealed record DisruptionState(int Healthy, int Desired, int Expected)
{
    public static readonly ResourceType Budgets = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget");

    private static readonly ResourceKey Pods = ObjectReader.Resource(CoreTypes.Pods);

    public int Allowed => Expected <= 0 ? 0 : Math.Max(0, Healthy - Desired);

    /// <summary>Whether the budget speaks of pods with these labels.</summary>
    public static bool Covers(JsonObject budget, JsonObject? labels) => LabelSelectorRules.Matches(budget.Map("spec").Map("selector"), labels);

    public static DisruptionState Of(StoreSnapshot snapshot, string ns, JsonObject budget)
    {
        List<PodFacts> pods = [];
        foreach (StoredObject stored in snapshot.List(Pods, ns))
        {
            JsonObject pod = stored.ToJson();
            if (Covers(budget, pod.Map("metadata").Map("labels")) && new PodFacts(pod) is { IsFinished: false } facts)
            {
                pods.Add(facts);
            }
        }

        int healthy = pods.Count(pod => pod.IsReady && !pod.IsDeleting);
        JsonObject? spec = budget.Map("spec");
        if (spec?["maxUnavailable"] is { } most)
        {
            int wanted = Wanted(snapshot, ns, pods);
            return new DisruptionState(healthy, Math.Max(0, wanted - Amount(most, wanted)), wanted);
        }

        JsonNode least = spec?["minAvailable"] ?? 1;
        int expected = GoJson.Text(least) is null ? pods.Count : Wanted(snapshot, ns, pods);
        return new DisruptionState(healthy, Amount(least, expected), expected);
    }

    /// <summary>Whether a pod may go whatever the budget says: it does no work, or is unhealthy beyond what the budget needs.</summary>
    public bool IsFree(JsonObject budget, PodFacts pod)
    {
        if (pod.IsDeleting || pod.IsFinished || pod.Phase == "Pending")
        {
            return true;
        }

        bool always = budget.Map("spec").Text("unhealthyPodEvictionPolicy") == "AlwaysAllow";
        return !pod.IsReady && (always || (Desired > 0 && Healthy >= Desired));
    }

    /// <summary>The status that says so.</summary>
    public JsonObject Render(JsonObject budget, DateTimeOffset now)
    {
        string allowed = Allowed > 0 ? "True" : "False";
        JsonObject? before = budget.Map("status").Items("conditions").Select(condition => condition.Item).FirstOrDefault(condition => condition.Text("type") == "DisruptionAllowed");
        return new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["lastTransitionTime"] = before.Text("status") == allowed ? before.Text("lastTransitionTime") : Metadata.Time(now),
                ["message"] = "",
                ["observedGeneration"] = budget.Map("metadata").Integer("generation") ?? 1,
                ["reason"] = Allowed > 0 ? "SufficientPods" : "InsufficientPods",
                ["status"] = allowed,
                ["type"] = "DisruptionAllowed",
            }),
            ["currentHealthy"] = Healthy,
            ["desiredHealthy"] = Desired,
            ["disruptionsAllowed"] = Allowed,
            ["expectedPods"] = Expected,
            ["observedGeneration"] = budget.Map("metadata").Integer("generation") ?? 1,
        };
    }

    // What the pods' controllers want; a pod without one counts itself.
    private static int Wanted(StoreSnapshot snapshot, string ns, List<PodFacts> pods)
    {
        int wanted = pods.Count(pod => pod.Controller is null);
        foreach (ControllerReference owner in pods.Select(pod => pod.Controller).OfType<ControllerReference>().DistinctBy(owner => owner.Uid))
        {
            ResourceType type = owner.Kind == CoreTypes.Jobs.Kind ? CoreTypes.Jobs : CoreTypes.ReplicaSets;
            JsonObject? controller = snapshot.Find(ObjectReader.Key(type, ns, owner.Name))?.ToJson();
            wanted += (int)(controller.Map("spec").Integer(type == CoreTypes.Jobs ? "parallelism" : "replicas") ?? 0);
        }

        return wanted;
    }

    private static int Amount(JsonNode bound, int whole) =>
        GoJson.Text(bound) is { } text && int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out int percent)
            ? (int)Math.Ceiling(whole * (percent / 100.0))
            : (int)(GoJson.Integer(bound) ?? 0);
}
