using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.ReplicaSets;

namespace Sympozium.LocalCluster.Deployments;

/// <summary>
/// Converges ReplicaSets towards Deployments. Triggered by changes of Deployments, ReplicaSets and pods, and by time (progress deadlines);
/// idempotent because it works on a key only: it reads everything, asks <see cref="DeploymentPlanner"/> for one step, writes the
/// difference and the status last. Whoever continues after a crash plans the same step again.
/// </summary>
internal sealed class DeploymentController(
    IKubernetesClient client, ObjectCache<DeploymentFacts> deployments, ObjectCache<ReplicaSetFacts> sets, ObjectCache<PodFacts> pods, WorkloadEvents events,
    TimeProvider time)
{
    // What made the plan outdated is on its way with a watch.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(20);

    /// <summary>The Deployments that a change of a ReplicaSet may concern.</summary>
    public IEnumerable<(string Namespace, string Name)> Affected(ReplicaSetFacts? before, ReplicaSetFacts? now)
    {
        ReplicaSetFacts set = (now ?? before)!;
        foreach (ControllerReference owner in new[] { before?.Controller, now?.Controller }.OfType<ControllerReference>().Where(owner => owner.Kind == "Deployment").Distinct())
        {
            yield return (set.Namespace, owner.Name);
        }

        if (now is { Controller: null, IsDeleting: false })
        {
            foreach (DeploymentFacts deployment in deployments.List(set.Namespace).Where(deployment => deployment.Selector.Matches(set.Labels)))
            {
                yield return deployment.Key;
            }
        }
    }

    /// <summary>One that recreates waits for the end of its old pods, which changes no ReplicaSet.</summary>
    public IEnumerable<(string Namespace, string Name)> Affected(PodFacts? before, PodFacts? now)
    {
        if ((before?.Controller ?? now?.Controller) is { Kind: "ReplicaSet" } owner && (now is null || now.IsFinished)
            && sets.Find((before ?? now)!.Namespace, owner.Name)?.Controller is { Kind: "Deployment" } deployment)
        {
            yield return ((before ?? now)!.Namespace, deployment.Name);
        }
    }

    /// <summary>Does the next step; returns when to look again although nothing happened.</summary>
    public async Task<TimeSpan?> SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (deployments.Find(key.Namespace, key.Name) is not { } deployment)
        {
            return null;
        }

        List<ReplicaSetFacts> own = await ClaimAsync(deployment, cancellationToken);
        HashSet<string> uids = [.. own.Select(set => set.Uid)];
        List<string> running = [.. pods.List(key.Namespace).Where(pod => !pod.IsFinished).Select(pod => pod.Controller?.Uid ?? "").Where(uids.Contains)];
        DeploymentPlan plan = DeploymentPlanner.Plan(deployment, own, uid => running.Exists(owner => owner != uid), time.GetUtcNow());
        foreach (RolloutSet set in plan.Sets)
        {
            if (!await WriteAsync(deployment, set, cancellationToken))
            {
                return Again;
            }
        }

        await WriteStatusAsync(deployment, plan.Status, plan.Revision, cancellationToken);
        return plan.WakeAfter;
    }

    /// <summary>The ReplicaSets that it manages, after it has taken what fits its selector and let go what does not any more.</summary>
    private async Task<List<ReplicaSetFacts>> ClaimAsync(DeploymentFacts deployment, CancellationToken cancellationToken)
    {
        List<ReplicaSetFacts> own = [];
        foreach (ReplicaSetFacts set in sets.List(deployment.Namespace))
        {
            bool matches = deployment.Selector.Matches(set.Labels);
            if (set.Controller is { } owner)
            {
                if (owner.Uid != deployment.Uid)
                {
                    continue;
                }

                if (matches || set.IsDeleting || deployment.IsDeleting)
                {
                    own.Add(set);
                }
                else if (await Adoption.ReleaseAsync(client, sets.Type, set, deployment.Uid, cancellationToken) is { } released)
                {
                    sets.Put(released);
                }
            }
            else if (matches && Adoption.IsFree(set, deployment)
                && await Adoption.AdoptAsync(client, sets.Type, set, deployments.Type, deployment, cancellationToken) is { } adopted)
            {
                own.Add(sets.Put(adopted));
            }
        }

        return own;
    }

    /// <summary>Brings one ReplicaSet to what was planned; false when the plan has to be made anew.</summary>
    private async Task<bool> WriteAsync(DeploymentFacts deployment, RolloutSet set, CancellationToken cancellationToken)
    {
        if (set.Stored is not { } stored)
        {
            return await CreateAsync(deployment, set, cancellationToken);
        }

        if (set.IsObsolete)
        {
            await client.DeleteAsync(sets.Type, stored.Namespace, stored.Name, DeleteOptions.Background with { Uid = stored.Uid }, cancellationToken);
        }
        else if (set.IsChanged)
        {
            JsonObject annotations = [];
            foreach ((string name, string value) in set.Annotations)
            {
                annotations[name] = value;
            }

            // Not its version: that changes with every pod which becomes ready, and what is written here is nobody else's.
            JsonObject patch = new()
            {
                ["metadata"] = new JsonObject { ["uid"] = stored.Uid, ["annotations"] = annotations },
                ["spec"] = new JsonObject { ["replicas"] = set.Replicas, ["minReadySeconds"] = set.MinReadySeconds },
            };
            if (!await PatchAsync(stored, patch, cancellationToken))
            {
                return false;
            }

            events.Scaled(deployments.Type, deployment, stored.Name, stored.Replicas, set.Replicas);
        }

        return true;
    }

    private async Task<bool> PatchAsync(ReplicaSetFacts stored, JsonObject patch, CancellationToken cancellationToken)
    {
        try
        {
            sets.Put(await client.PatchAsync(sets.Type, stored.Namespace, stored.Name, new Patch(PatchType.Merge, patch, ControllerHost.FieldManager), null, cancellationToken));
            return true;
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            return false;
        }
    }

    private async Task<bool> CreateAsync(DeploymentFacts deployment, RolloutSet set, CancellationToken cancellationToken)
    {
        try
        {
            sets.Put(await client.CreateAsync(sets.Type, Make(deployment, set), cancellationToken));
            events.Scaled(deployments.Type, deployment, set.Name, 0, set.Replicas);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // Its own, made a moment ago and not seen yet; or another one's of that name: the next try takes another name.
            JsonObject? found = await client.GetAsync(sets.Type, deployment.Namespace, set.Name, cancellationToken);
            ReplicaSetFacts? known = found is null ? null : sets.Put(found);
            if (known is not null && (known.Controller?.Uid != deployment.Uid || known.Template.Digest != deployment.Template.Digest))
            {
                DeploymentStatus status = deployment.Status with { Collisions = (deployment.Status.Collisions ?? 0) + 1 };
                await WriteStatusAsync(deployment, status, null, cancellationToken);
            }

            return false;
        }
        catch (KubernetesException exception) when (NamespaceEnd.IsCauseOf(exception))
        {
            // The Deployment goes with its namespace.
            return true;
        }
        catch (KubernetesException exception) when (deployment.ProgressDeadline is not null)
        {
            events.SetCreationFailed(deployments.Type, deployment, set.Name, exception.Message);
            string message = $"Failed to create new replica set \"{set.Name}\": {exception.Message}";
            DeploymentStatus status = deployment.Status.With(DeploymentCondition.Progressing, "False", "ReplicaSetCreateError", message, time.GetUtcNow());
            await WriteStatusAsync(deployment, status, null, cancellationToken);
            throw;
        }
    }

    private JsonObject Make(DeploymentFacts deployment, RolloutSet set)
    {
        string hash = set.Name[(deployment.Name.Length + 1)..];
        JsonObject template = deployment.Template.ToJson();
        JsonObject templateMetadata = template["metadata"] as JsonObject ?? [];
        template["metadata"] = templateMetadata.Parent is null ? templateMetadata : templateMetadata.DeepClone();
        JsonObject labels = template["metadata"]!["labels"]?.DeepClone() as JsonObject ?? [];
        labels[PodTemplate.HashLabel] = hash;
        template["metadata"]!["labels"] = labels;
        JsonObject selector = deployment.SelectorJson();
        JsonObject exact = selector["matchLabels"]?.DeepClone() as JsonObject ?? [];
        exact[PodTemplate.HashLabel] = hash;
        selector["matchLabels"] = exact;
        JsonObject annotations = [];
        foreach ((string name, string value) in set.Annotations)
        {
            annotations[name] = value;
        }

        return new JsonObject
        {
            ["apiVersion"] = sets.Type.ApiVersion,
            ["kind"] = sets.Type.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = set.Name,
                ["namespace"] = deployment.Namespace,
                ["labels"] = labels.DeepClone(),
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(Adoption.Reference(deployments.Type, deployment)),
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = set.Replicas,
                ["minReadySeconds"] = set.MinReadySeconds,
                ["selector"] = selector,
                ["template"] = template,
            },
        };
    }

    private async Task WriteStatusAsync(DeploymentFacts deployment, DeploymentStatus status, string? revision, CancellationToken cancellationToken)
    {
        if (revision is null && status.Says(deployment.Status))
        {
            return;
        }

        JsonObject patch = new() { ["status"] = status.Render() };
        if (revision is not null)
        {
            patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [RolloutSet.Revision] = revision } };
        }

        try
        {
            deployments.Put(await client.PatchAsync(
                deployments.Type, deployment.Namespace, deployment.Name, new Patch(PatchType.Merge, patch, ControllerHost.FieldManager), "status", cancellationToken));
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            // Deleted meanwhile; the watch tells.
            return;
        }
    }
}
