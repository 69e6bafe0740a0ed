using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.ReplicaSets;

/// <summary>How many pods to make, and which ones to give up.</summary>
internal static class ReplicaSetPlanner
{
    /// <summary>Pods made or deleted at a time; what is left over comes with the next look.</summary>
    public const int Burst = 500;

    /// <returns>Pods to create; pods to delete, the least useful first. One of the two is empty.</returns>
    public static (int Create, IReadOnlyList<PodFacts> Delete) Plan(int replicas, IReadOnlyCollection<PodFacts> active, DateTimeOffset now)
    {
        int surplus = active.Count - replicas;
        if (surplus <= 0)
        {
            return (Math.Min(-surplus, Burst), []);
        }

        // As Kubernetes: not scheduled, then not running, then not ready, cheap, ready for a short time, restarted often, young.
        return (0,
        [
            .. active.OrderBy(pod => pod.NodeName.Length > 0)
                .ThenBy(pod => pod.Phase switch { "Pending" or "" => 0, "Unknown" => 1, _ => 2 })
                .ThenBy(pod => pod.IsReady)
                .ThenBy(pod => pod.Cost)
                .ThenBy(pod => now - (pod.ReadySince ?? now))
                .ThenByDescending(pod => pod.Restarts)
                .ThenByDescending(pod => pod.CreatedAt)
                .ThenByDescending(pod => pod.Version)
                .Take(Math.Min(surplus, Burst)),
        ]);
    }
}
