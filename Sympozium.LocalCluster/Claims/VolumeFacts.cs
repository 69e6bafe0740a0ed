using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Claims;

/// <summary>What the binder sees of a PersistentVolume.</summary>
internal sealed record VolumeFacts : ObjectFacts
{
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    public VolumeFacts(JsonObject volume)
        : base(volume)
    {
        JsonObject? spec = volume.Map("spec");
        JsonObject? claim = spec.Map("claimRef");
        Class = spec.Text("storageClassName");
        Mode = spec.Text("volumeMode");
        Modes = [.. (spec?["accessModes"] as JsonArray ?? []).Select(mode => GoJson.Text(mode) ?? "")];
        Size = Amounts.Parse(spec.Map("capacity")?["storage"]) ?? default;
        Capacity = spec.Map("capacity").Text("storage");
        ReclaimPolicy = spec.Text("persistentVolumeReclaimPolicy");
        ClaimKey = (claim.Text("namespace"), claim.Text("name"));
        ClaimUid = claim.Text("uid");
        Phase = volume.Map("status").Text("phase");
    }

    public string Class { get; }

    public string Mode { get; }

    public IReadOnlyList<string> Modes { get; }

    public Quantity Size { get; }

    /// <summary>The same as it is written.</summary>
    public string Capacity { get; }

    public string ReclaimPolicy { get; }

    /// <summary>The claim that has it or is to get it; empty texts for none.</summary>
    public (string Namespace, string Name) ClaimKey { get; }

    /// <summary>Empty until the claim that it is kept for comes.</summary>
    public string ClaimUid { get; }

    public string Phase { get; }

    public bool IsReserved => ClaimKey.Name.Length > 0;

    /// <summary>Whether it is kept for, or bound to, this very claim.</summary>
    public bool IsFor(ClaimFacts claim) => ClaimKey == claim.Key && (ClaimUid.Length == 0 || ClaimUid == claim.Uid);
}
