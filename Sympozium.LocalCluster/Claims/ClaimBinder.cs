using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods;

namespace Sympozium.LocalCluster.Claims;

/// <summary>
/// Converges PersistentVolumeClaims and PersistentVolumes towards pairs, makes volumes that a pod waits for, and gives back those whose claim has gone.
/// Triggered by changes of both and, for claims without a volume, every <see cref="Period"/>; idempotent because each step reads what is stored. Keys without a namespace are volumes.
/// One worker: two would give one volume to two claims.
/// </summary>
internal sealed class ClaimBinder(
    IKubernetesClient client, ObjectCache<ClaimFacts> claims, ObjectCache<VolumeFacts> volumes, EventRecorder events, PodPaths paths, TimeProvider time)
{
    /// <summary>How often a claim without a volume is looked at, and says why: that of Kubernetes.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private const string Component = "persistentvolume-controller";
    private const string Yes = "yes";

    /// <summary>Does what a claim or a volume needs; returns when to look again although nothing happened.</summary>
    public async Task<TimeSpan?> SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (key.Namespace.Length == 0)
        {
            if (volumes.Find("", key.Name) is { } volume)
            {
                await SyncAsync(volume, cancellationToken);
            }

            return null;
        }

        return claims.Find(key.Namespace, key.Name) is { IsDeleting: false } claim ? await SyncAsync(claim, cancellationToken) : null;
    }

    /// <summary>The keys that a change of a claim concerns.</summary>
    public static IEnumerable<(string Namespace, string Name)> Affected(ClaimFacts? before, ClaimFacts? now)
    {
        ClaimFacts claim = (now ?? before)!;
        yield return claim.Key;
        if (claim.VolumeName.Length > 0)
        {
            yield return ("", claim.VolumeName);
        }
    }

    /// <summary>The keys that a change of a volume concerns: its own, its claim's, and those of all that wait.</summary>
    public IEnumerable<(string Namespace, string Name)> Affected(VolumeFacts? before, VolumeFacts? now)
    {
        VolumeFacts volume = (now ?? before)!;
        return [("", volume.Name), .. claims.ListAll().Where(claim => !claim.IsBound || claim.VolumeName == volume.Name).Select(claim => claim.Key)];
    }

    private async Task<TimeSpan?> SyncAsync(ClaimFacts claim, CancellationToken cancellationToken)
    {
        if (claim.IsBound)
        {
            await CheckAsync(claim, cancellationToken);
            return null;
        }

        StorageClassFacts? kind = await StorageClassFacts.OfAsync(client, claim, cancellationToken);
        bool waits = kind is { WaitsForConsumer: true } && !claim.IsWanted;
        VolumeFacts? volume = claim.VolumeName.Length > 0 ? Named(claim) : VolumeMatch.Find(claim, volumes.ListAll(), waits);
        if (volume is null && !waits && IsMadeHere(claim, kind))
        {
            volume = await ProvisionAsync(claim, kind?.ReclaimPolicy ?? "Delete", cancellationToken);
        }

        if (volume is not null)
        {
            await BindAsync(claim, volume, cancellationToken);
            return null;
        }

        Explain(claim, kind, waits);
        return Period;
    }

    /// <summary>The volume that the claim asks for by name, unless somebody else has it.</summary>
    private VolumeFacts? Named(ClaimFacts claim) =>
        volumes.Find("", claim.VolumeName) is { } named && (!named.IsReserved || named.IsFor(claim)) ? named : null;

    private static bool IsMadeHere(ClaimFacts claim, StorageClassFacts? kind) =>
        claim.VolumeName.Length == 0 && (kind is { IsLocal: true } || (claim.Class is null && claim.IsWanted));

    /// <summary>A bound claim whose volume has gone is lost.</summary>
    private async Task CheckAsync(ClaimFacts claim, CancellationToken cancellationToken)
    {
        if (claim.VolumeName.Length > 0 && volumes.Find("", claim.VolumeName) is null && claim.Phase != "Lost")
        {
            await StatusAsync(claim, new JsonObject { ["phase"] = "Lost", ["accessModes"] = null, ["capacity"] = null }, cancellationToken);
            Record(CoreTypes.PersistentVolumeClaims, claim, true, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
        }
    }

    /// <summary>Says why a claim has no volume.</summary>
    private void Explain(ClaimFacts claim, StorageClassFacts? kind, bool waits)
    {
        (bool IsWarning, string Reason, string Message) said = claim switch
        {
            { VolumeName.Length: > 0 } => (true, "FailedBinding", $"volume \"{claim.VolumeName}\" already bound to a different claim."),
            _ when waits => (false, "WaitForFirstConsumer", "waiting for first consumer to be created before binding"),
            { Class: null or "" } => (false, "FailedBinding", "no persistent volumes available for this claim and no storage class is set"),
            _ when kind is null => (true, "ProvisioningFailed", $"storageclass.storage.k8s.io \"{claim.Class}\" not found"),
            _ when kind.Provisioner.StartsWith("kubernetes.io/", StringComparison.Ordinal) => (true, "ProvisioningFailed", $"no volume plugin matched name: {kind.Provisioner}"),
            _ => (false, "ExternalProvisioning",
                $"Waiting for a volume to be created either by the external provisioner '{kind.Provisioner}' or manually by the system administrator. "
                + "If volume creation is delayed, please verify that the provisioner is running and correctly registered."),
        };
        if (claim.VolumeName.Length == 0 || volumes.Find("", claim.VolumeName) is not null)
        {
            Record(CoreTypes.PersistentVolumeClaims, claim, said.IsWarning, said.Reason, said.Message);
        }
    }

    /// <summary>A directory of this machine as a volume that is kept for the claim.</summary>
    private async Task<VolumeFacts> ProvisionAsync(ClaimFacts claim, string reclaimPolicy, CancellationToken cancellationToken)
    {
        string directory = paths.Claim(claim.Namespace, claim.Name);
        PodPaths.CreatePrivate(directory);
        JsonObject made = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"pvc-{claim.Uid}",
                ["annotations"] = new JsonObject { [VolumeFacts.ProvisionedBy] = StorageClassFacts.LocalProvisioner },
            },
            ["spec"] = new JsonObject
            {
                ["accessModes"] = new JsonArray([.. claim.Modes.Select(mode => (JsonNode)mode)]),
                ["capacity"] = new JsonObject { ["storage"] = claim.Request },
                ["claimRef"] = Reference(claim),
                ["hostPath"] = new JsonObject { ["path"] = directory },
                ["persistentVolumeReclaimPolicy"] = reclaimPolicy,
                ["storageClassName"] = claim.Class ?? "",
                ["volumeMode"] = claim.Mode,
            },
        };
        VolumeFacts volume;
        try
        {
            volume = volumes.Put(await client.CreateAsync(CoreTypes.PersistentVolumes, made, cancellationToken));
        }
        catch (KubernetesException exists) when (exists.IsAlreadyExists)
        {
            // Made before this process started, or before it could bind it.
            return new VolumeFacts((await client.GetAsync(CoreTypes.PersistentVolumes, null, $"pvc-{claim.Uid}", cancellationToken))!);
        }

        Record(CoreTypes.PersistentVolumeClaims, claim, false, "ProvisioningSucceeded", $"Successfully provisioned volume {volume.Name}");
        return volume;
    }

    private async Task BindAsync(ClaimFacts claim, VolumeFacts volume, CancellationToken cancellationToken)
    {
        if (volume.ClaimUid != claim.Uid)
        {
            JsonObject reserved = new() { ["spec"] = new JsonObject { ["claimRef"] = Reference(claim) }, ["metadata"] = Versioned(volume) };
            if (!volume.IsReserved)
            {
                reserved["metadata"]!["annotations"] = new JsonObject { [ClaimFacts.BoundByController] = Yes };
            }

            volume = volumes.Put(await PatchAsync(CoreTypes.PersistentVolumes, volume, reserved, null, cancellationToken));
        }

        await PhaseAsync(volume, "Bound", "", cancellationToken);
        JsonObject annotations = new() { [ClaimFacts.BindCompleted] = Yes };
        if (claim.VolumeName.Length == 0)
        {
            annotations[ClaimFacts.BoundByController] = Yes;
        }

        JsonObject bound = new() { ["metadata"] = new JsonObject { ["uid"] = claim.Uid, ["annotations"] = annotations }, ["spec"] = new JsonObject { ["volumeName"] = volume.Name } };
        claims.Put(await PatchAsync(CoreTypes.PersistentVolumeClaims, claim, bound, null, cancellationToken));
        JsonObject status = new()
        {
            ["phase"] = "Bound",
            ["accessModes"] = new JsonArray([.. volume.Modes.Select(mode => (JsonNode)mode)]),
            ["capacity"] = new JsonObject { ["storage"] = volume.Capacity },
        };
        await StatusAsync(claim, status, cancellationToken);
    }

    private async Task SyncAsync(VolumeFacts volume, CancellationToken cancellationToken)
    {
        if (!volume.IsReserved || volume.ClaimUid.Length == 0)
        {
            await PhaseAsync(volume, "Available", "", cancellationToken);
        }
        else if (claims.Find(volume.ClaimKey.Namespace, volume.ClaimKey.Name) is not { } claim || claim.Uid != volume.ClaimUid)
        {
            await ReleaseAsync(volume, cancellationToken);
        }
        else if (claim.VolumeName == volume.Name)
        {
            await PhaseAsync(volume, "Bound", "", cancellationToken);
        }
        else if (claim.VolumeName.Length > 0 && volume.Annotations.ContainsKey(ClaimFacts.BoundByController))
        {
            // The claim has got another one.
            JsonObject free = new()
            {
                ["metadata"] = new JsonObject { ["uid"] = volume.Uid, ["annotations"] = new JsonObject { [ClaimFacts.BoundByController] = null } },
                ["spec"] = new JsonObject { ["claimRef"] = null },
            };
            volumes.Put(await PatchAsync(CoreTypes.PersistentVolumes, volume, free, null, cancellationToken));
        }
    }

    /// <summary>The claim has gone.</summary>
    private async Task ReleaseAsync(VolumeFacts volume, CancellationToken cancellationToken)
    {
        if (volume.Phase == "Failed")
        {
            return;
        }

        await PhaseAsync(volume, "Released", "", cancellationToken);
        if (volume.ReclaimPolicy != "Delete" || volume.IsDeleting)
        {
            return;
        }

        if (volume.Annotations.GetValueOrDefault(VolumeFacts.ProvisionedBy) != StorageClassFacts.LocalProvisioner)
        {
            string why = $"error getting deleter volume plugin for volume \"{volume.Name}\": no deletable volume plugin matched";
            await PhaseAsync(volume, "Failed", why, cancellationToken);
            Record(CoreTypes.PersistentVolumes, volume, true, "VolumeFailedDelete", why);
            return;
        }

        string directory = paths.Claim(volume.ClaimKey.Namespace, volume.ClaimKey.Name);
        bool isTaken = claims.Find(volume.ClaimKey.Namespace, volume.ClaimKey.Name) is { IsBound: true };
        if (!isTaken && Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        await client.DeleteAsync(CoreTypes.PersistentVolumes, null, volume.Name, DeleteOptions.Background with { Uid = volume.Uid }, cancellationToken);
    }

    private async Task PhaseAsync(VolumeFacts volume, string phase, string message, CancellationToken cancellationToken)
    {
        if (volume.Phase == phase)
        {
            return;
        }

        JsonObject status = new()
        {
            ["phase"] = phase,
            ["message"] = message.Length > 0 ? message : null,
            ["lastPhaseTransitionTime"] = ClusterEvent.Time(time.GetUtcNow()),
        };
        volumes.Put(await PatchAsync(CoreTypes.PersistentVolumes, volume, new JsonObject { ["status"] = status }, "status", cancellationToken));
    }

    private async Task StatusAsync(ClaimFacts claim, JsonObject status, CancellationToken cancellationToken) =>
        claims.Put(await PatchAsync(CoreTypes.PersistentVolumeClaims, claim, new JsonObject { ["status"] = status }, "status", cancellationToken));

    private Task<JsonObject> PatchAsync(ResourceType type, ObjectFacts item, JsonObject patch, string? subresource, CancellationToken cancellationToken) => client.PatchAsync(
        type, type.Namespaced ? item.Namespace : null, item.Name, new Patch(PatchType.Merge, patch, ControllerHost.FieldManager), subresource, cancellationToken);

    private static JsonObject Versioned(ObjectFacts item) => new()
    {
        ["uid"] = item.Uid,
        ["resourceVersion"] = item.Version.ToString(CultureInfo.InvariantCulture),
    };

    private static JsonObject Reference(ClaimFacts claim) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "PersistentVolumeClaim",
        ["namespace"] = claim.Namespace,
        ["name"] = claim.Name,
        ["uid"] = claim.Uid,
        ["resourceVersion"] = claim.Version.ToString(CultureInfo.InvariantCulture),
    };

    private void Record(ResourceType type, ObjectFacts about, bool isWarning, string reason, string message)
    {
        string version = about.Version.ToString(CultureInfo.InvariantCulture);
        EventTarget target = new(type.ApiVersion, type.Kind, type.Namespaced ? about.Namespace : null, about.Name, about.Uid, version);
        events.Record(new ClusterEvent(target, Component, "", isWarning, reason, message));
    }
}
