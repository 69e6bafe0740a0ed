using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Claims;

/// <summary>What the binder sees of a PersistentVolumeClaim.</summary>
internal sealed record ClaimFacts : ObjectFacts
{
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";

    /// <summary>Where the scheduler will put the pod that the claim's volume is wanted for.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    public ClaimFacts(JsonObject claim)
        : base(claim)
    {
        JsonObject? spec = claim.Map("spec");
        Class = GoJson.Text(spec?["storageClassName"]);
        VolumeName = spec.Text("volumeName");
        Mode = spec.Text("volumeMode");
        Modes = [.. (spec?["accessModes"] as JsonArray ?? []).Select(mode => GoJson.Text(mode) ?? "")];
        Wanted = Amounts.Parse(spec.Map("resources").Map("requests")?["storage"]) ?? default;
        Request = spec.Map("resources").Map("requests").Text("storage");
        Selector = spec.Map("selector") is { } selector ? PodSelector.Read(selector) : null;
        Phase = claim.Map("status").Text("phase");
    }

    /// <summary>Null when the claim names none, empty when it wants a volume without class.</summary>
    public string? Class { get; }

    /// <summary>The volume that is bound or asked for; empty for any.</summary>
    public string VolumeName { get; }

    public string Mode { get; }

    public IReadOnlyList<string> Modes { get; }

    public Quantity Wanted { get; }

    /// <summary>The same as it is written.</summary>
    public string Request { get; }

    /// <summary>Which volumes may be bound; null for all.</summary>
    public PodSelector? Selector { get; }

    public string Phase { get; }

    /// <summary>Whether binding is done; whatever becomes of the volume, it never gets another one.</summary>
    public bool IsBound => Annotations.ContainsKey(BindCompleted) || (Phase == "Bound" && VolumeName.Length == 0);

    /// <summary>Whether a pod waits for it.</summary>
    public bool IsWanted => Annotations.ContainsKey(SelectedNode);
}
