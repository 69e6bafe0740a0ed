using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Claims;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>Whether a pod's claims let it run here.</summary>
/// <param name="Waits">It cannot be placed now.</param>
/// <param name="Why">The reason; null when nothing is wrong and its volumes are about to come.</param>
internal readonly record struct ClaimVerdict(bool Waits, string? Why);

/// <summary>
/// Looks at the claims of a pod before it is placed. A claim that waits for its first consumer is told of it (its annotation names the node), whereupon
/// <see cref="ClaimBinder"/> finds or makes a volume.
/// </summary>
internal sealed class ClaimFit(IKubernetesClient client, NodeFit node)
{
    /// <summary>Whether claims decide about a pod of this spec.</summary>
    public static bool Matters(JsonObject spec) => spec.Items("volumes").Any(volume => volume.Item.Map("persistentVolumeClaim") is not null);

    public async Task<ClaimVerdict> LookAsync(JsonObject pod, CancellationToken cancellationToken)
    {
        bool waits = false;
        string ns = pod.Map("metadata").Text("namespace");
        foreach ((_, JsonObject volume) in pod.Map("spec").Items("volumes"))
        {
            if (volume.Map("persistentVolumeClaim") is { } source)
            {
                string name = source.Text("claimName");
                JsonObject? found = await client.GetAsync(CoreTypes.PersistentVolumeClaims, ns, name, cancellationToken);
                ClaimVerdict verdict = found is null
                    ? new ClaimVerdict(true, $"persistentvolumeclaim \"{name}\" not found")
                    : await LookAsync(new ClaimFacts(found), cancellationToken);
                if (verdict.Why is not null)
                {
                    return verdict with { Why = $"0/1 nodes are available: {verdict.Why}.{NodeFit.NotHelpful}" };
                }

                waits = waits || verdict.Waits;
            }
        }

        return new ClaimVerdict(waits, null);
    }

    private async Task<ClaimVerdict> LookAsync(ClaimFacts claim, CancellationToken cancellationToken)
    {
        if (claim.IsDeleting)
        {
            return new ClaimVerdict(true, $"persistentvolumeclaim \"{claim.Name}\" is being deleted");
        }

        if (claim.Phase == "Lost")
        {
            return new ClaimVerdict(true, $"persistentvolumeclaim \"{claim.Name}\" bound to non-existent persistentvolume \"{claim.VolumeName}\"");
        }

        if (claim.IsBound)
        {
            return await ReachAsync(claim, cancellationToken);
        }

        StorageClassFacts? kind = await StorageClassFacts.OfAsync(client, claim, cancellationToken);
        if (claim.Class is not null && kind is not { WaitsForConsumer: true })
        {
            return new ClaimVerdict(true, "pod has unbound immediate PersistentVolumeClaims");
        }

        if (kind is { IsLocal: false } && !await CanBindAsync(claim, cancellationToken))
        {
            return new ClaimVerdict(true, "1 node(s) didn't find available persistent volumes to bind");
        }

        if (!claim.IsWanted)
        {
            JsonObject wanted = new() { ["metadata"] = new JsonObject { ["uid"] = claim.Uid, ["annotations"] = new JsonObject { [ClaimFacts.SelectedNode] = node.Name } } };
            await client.PatchAsync(CoreTypes.PersistentVolumeClaims, claim.Namespace, claim.Name, new Patch(PatchType.Merge, wanted) { FieldManager = "kube-scheduler" }, null, cancellationToken);
        }

        return new ClaimVerdict(true, null);
    }

    /// <summary>Whether the bound volume may be used on this node.</summary>
    private async Task<ClaimVerdict> ReachAsync(ClaimFacts claim, CancellationToken cancellationToken)
    {
        JsonObject? volume = claim.VolumeName.Length > 0 ? await client.GetAsync(CoreTypes.PersistentVolumes, null, claim.VolumeName, cancellationToken) : null;
        bool reaches = volume.Map("spec").Map("nodeAffinity").Map("required") is not { } required || node.Matches(required);
        return reaches ? default : new ClaimVerdict(true, "1 node(s) didn't match PersistentVolume's node affinity");
    }

    private async Task<bool> CanBindAsync(ClaimFacts claim, CancellationToken cancellationToken)
    {
        ResourceList volumes = await client.ListAsync(CoreTypes.PersistentVolumes, null, ListOptions.All, cancellationToken);
        return VolumeMatch.Find(claim, volumes.Items.Select(volume => new VolumeFacts(volume))) is not null;
    }
}
