using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Claims;

/// <summary>What a StorageClass says of making and binding volumes.</summary>
internal sealed record StorageClassFacts(string Provisioner, bool WaitsForConsumer, string ReclaimPolicy)
{
    /// <summary>The provisioner of this machine: volumes are directories below the data directory.</summary>
    public const string LocalProvisioner = "sympozium.ai/local-volume";

    private static readonly ResourceType Type = new("storage.k8s.io", "v1", "storageclasses", "StorageClass", Namespaced: false);

    /// <summary>Whether volumes of this class can be made here.</summary>
    public bool IsLocal => Provisioner == LocalProvisioner;

    /// <summary>The class of a claim; null when it names none or one that is not there.</summary>
    public static async Task<StorageClassFacts?> OfAsync(IKubernetesClient client, ClaimFacts claim, CancellationToken cancellationToken)
    {
        JsonObject? found = claim.Class is { Length: > 0 } name ? await client.GetAsync(Type, null, name, cancellationToken) : null;
        return found is null
            ? null
            : new StorageClassFacts(found.Text("provisioner"), found.Text("volumeBindingMode") == "WaitForFirstConsumer", found.Text("reclaimPolicy"));
    }
}
