using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission;

/// <summary>Refuses a claim that asks for more when its StorageClass does not allow that, as Kubernetes' PersistentVolumeClaimResize does.</summary>
internal static class ClaimResize
{
    private static readonly KindDefinition Classes = CoreKinds.All.First(kind => kind.Type is { Group: "storage.k8s.io", Kind: "StorageClass" });

    /// <exception cref="KubernetesException">403.</exception>
    public static void Check(ObjectReader reader, KindDefinition kind, JsonObject claim, JsonObject old)
    {
        if (kind.IsCustom || kind.Type != CoreTypes.PersistentVolumeClaims || !Grows(claim.Map("spec"), old.Map("spec")))
        {
            return;
        }

        string name = claim.Map("spec").Text("storageClassName");
        bool allowed = name.Length > 0 && reader.Find(Classes, null, name)?.ToJson().IsTrue("allowVolumeExpansion") == true;
        if (!allowed)
        {
            throw Refusals.Forbidden(
                kind.Type, claim.Map("metadata").Text("name"), "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
        }
    }

    private static bool Grows(JsonObject? now, JsonObject? before) =>
        Size(now) is { } size && Size(before) is { } was && size.Nanos > was.Nanos;

    private static Quantity? Size(JsonObject? spec) => Amounts.Parse(spec.Map("resources").Map("requests")?["storage"]);
}
