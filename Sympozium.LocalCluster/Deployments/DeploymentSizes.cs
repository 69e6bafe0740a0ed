namespace Sympozium.LocalCluster.Deployments;

/// <summary>How many pods a ReplicaSet of a Deployment may have.</summary>
internal static class DeploymentSizes
{
    /// <summary>The next size of the set of the present template.</summary>
    public static int OfNew(DeploymentFacts deployment, IEnumerable<RolloutSet> all, RolloutSet current)
    {
        if (!deployment.IsRolling)
        {
            return deployment.Replicas;
        }

        int room = deployment.Replicas + deployment.MaxSurge - all.Where(set => set != current).Sum(set => set.Replicas) - current.Replicas;
        return room <= 0 ? current.Replicas : current.Replicas + Math.Min(room, deployment.Replicas - current.Replicas);
    }
}

/// <summary>Brings a Deployment to another size without going on with its rollout.</summary>
internal sealed class Scaling(DeploymentFacts deployment, RolloutSet? current, List<RolloutSet> old)
{
    public void Run()
    {
        List<RolloutSet> all = [.. current is null ? old : old.Append(current)];
        List<RolloutSet> active = [.. all.Where(set => set.Replicas > 0)];
        if (active.Count <= 1)
        {
            RolloutSet? only = active.FirstOrDefault() ?? current ?? old.MaxBy(set => set.CreatedAt);
            only?.Scale(deployment.Replicas, deployment);
            only?.NoteSize(deployment);
            return;
        }

        if (IsSaturated())
        {
            foreach (RolloutSet set in old)
            {
                set.Scale(0, deployment);
            }
        }
        else if (deployment.IsRolling)
        {
            Share(active);
        }
    }

    /// <summary>Whether the present set carries everything already.</summary>
    private bool IsSaturated() => current is not null
        && DeploymentFacts.Number(current.Annotations, RolloutSet.DesiredReplicas) == deployment.Replicas
        && current.Replicas == deployment.Replicas
        && current.Available == deployment.Replicas;

    /// <summary>Spreads the difference over the sets in proportion to their sizes; the largest one takes what rounding leaves.</summary>
    private void Share(List<RolloutSet> active)
    {
        int allowed = deployment.Replicas > 0 ? deployment.Replicas + deployment.MaxSurge : 0;
        int toAdd = allowed - active.Sum(set => set.Replicas);

        // Of equal ones the younger grows first, the older shrinks first.
        List<RolloutSet> sorted = toAdd >= 0
            ? [.. active.OrderByDescending(set => set.Replicas).ThenByDescending(set => set.CreatedAt)]
            : [.. active.OrderByDescending(set => set.Replicas).ThenBy(set => set.CreatedAt)];
        int added = 0;
        List<int> sizes = [];
        foreach (RolloutSet set in sorted)
        {
            int part = Part(set, toAdd, toAdd - added);
            sizes.Add(set.Replicas + part);
            added += part;
        }

        sizes[0] = Math.Max(0, sizes[0] + toAdd - added);
        for (int i = 0; i < sorted.Count; i++)
        {
            // Also one that keeps its size notes the new one of the Deployment; else it would look resized for ever.
            sorted[i].Scale(sizes[i], deployment);
            sorted[i].NoteSize(deployment);
        }
    }

    private int Part(RolloutSet set, int toAdd, int left)
    {
        if (toAdd == 0 || left == 0)
        {
            return 0;
        }

        int share = Share(set);
        return toAdd > 0 ? Math.Min(share, left) : Math.Max(share, left);
    }

    private int Share(RolloutSet set)
    {
        if (deployment.Replicas == 0)
        {
            return -set.Replicas;
        }

        int before = DeploymentFacts.Number(set.Annotations, RolloutSet.MaxReplicas) is > 0 and var most ? most : Math.Max(1, deployment.Status.Replicas);
        double size = (double)set.Replicas * (deployment.Replicas + deployment.MaxSurge) / before;
        return (int)Math.Round(size, MidpointRounding.AwayFromZero) - set.Replicas;
    }
}
