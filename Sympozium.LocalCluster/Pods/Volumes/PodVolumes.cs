using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Sandbox;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>A volume's directory, file or socket on the host.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ReadOnly">Whether containers may only read it.</param>
/// <param name="IsProjected">Whether its files are links made by <see cref="AtomicDirectory"/>.</param>
internal sealed record PreparedVolume(string Path, bool ReadOnly, bool IsProjected = false);

/// <summary>Makes a pod's volumes. Doing it again is harmless: directories stay, projected files are written anew.</summary>
internal sealed class PodVolumes(PodPaths paths, IKubernetesClient client, IServiceAccountTokens tokens, TimeProvider time)
{
    /// <summary>Makes all volumes; throws <see cref="PodConfigException"/> that names every volume which cannot be made, and why.</summary>
    public async Task<IReadOnlyDictionary<string, PreparedVolume>> PrepareAsync(
        PodManifest pod, PodObjects objects, PodFields fields, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var prepared = new Dictionary<string, PreparedVolume>(StringComparer.Ordinal);
        foreach (VolumeSpec volume in pod.Spec.Volumes)
        {
            try
            {
                prepared[volume.Name] = await PrepareAsync(pod, volume, objects, fields, cancellationToken);
            }
            catch (PodConfigException missing)
            {
                problems.Add($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {missing.Message}");
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                problems.Add($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {failed.Message} Free or repair the file system of '{paths.Pods}'.");
            }
        }

        return problems.Count == 0 ? prepared : throw new PodConfigException(PodConfigException.Creating, string.Join("; ", problems));
    }

    /// <summary>The mounts of one container; throws <see cref="PodConfigException"/> for a volume or subPath that does not exist.</summary>
    public static IReadOnlyList<ContainerMount> Mounts(
        ContainerSpec container, IReadOnlyDictionary<string, PreparedVolume> volumes, IReadOnlyDictionary<string, string> variables)
    {
        var mounts = new List<ContainerMount>(container.VolumeMounts.Count);
        foreach (VolumeMount mount in container.VolumeMounts)
        {
            if (!volumes.TryGetValue(mount.Name, out PreparedVolume? volume))
            {
                throw new PodConfigException(PodConfigException.ConfigError, $"volumeMount '{mount.MountPath}' names volume '{mount.Name}', which the pod does not have.");
            }

            string subPath = mount.SubPathExpr.Length > 0 ? Expansion.Expand(mount.SubPathExpr, variables) : mount.SubPath;
            string source = subPath.Length == 0 ? volume.Path : SubPaths.Resolve(Root(volume), subPath);
            mounts.Add(new ContainerMount(source, "/" + mount.MountPath.Trim('/'), mount.ReadOnly || volume.ReadOnly));
        }

        return mounts;
    }

    /// <summary>Where a subPath starts: behind the links of projected files, which then do not change any more (as in Kubernetes).</summary>
    private static string Root(PreparedVolume volume) => volume.IsProjected
        ? Path.Combine(volume.Path, new FileInfo(Path.Combine(volume.Path, AtomicDirectory.Data)).LinkTarget ?? "")
        : volume.Path;

    /// <summary>Writes the projected volumes anew, for what they show has changed.</summary>
    public async Task RefreshAsync(PodManifest pod, PodObjects objects, PodFields fields, CancellationToken cancellationToken)
    {
        foreach (VolumeSpec volume in pod.Spec.Volumes.Where(v => Projections.Of(v) is not null))
        {
            await PrepareAsync(pod, volume, objects, fields, cancellationToken);
        }
    }

    private async Task<PreparedVolume> PrepareAsync(
        PodManifest pod, VolumeSpec volume, PodObjects objects, PodFields fields, CancellationToken cancellationToken)
    {
        if (volume.HostPath is { } host)
        {
            return new PreparedVolume(HostPaths.Check(host), ReadOnly: false);
        }

        if (volume.PersistentVolumeClaim is { } claim)
        {
            return await OfClaimAsync(pod.Metadata.Namespace, claim, cancellationToken);
        }

        if (volume.EmptyDir is { } empty)
        {
            string directory = paths.Volume(pod.Metadata.Uid, volume.Name, empty.Medium == "Memory");
            PodPaths.CreatePrivate(directory);
            return new PreparedVolume(directory, ReadOnly: false);
        }

        ProjectedSource source = Projections.Of(volume) ?? throw new PodConfigException(
            PodConfigException.Creating,
            $"local pods have emptyDir, configMap, secret, projected, downwardAPI, hostPath and persistentVolumeClaim volumes, not '{Other(volume.Other)}'");
        bool secret = volume.Secret is not null || source.Sources.Exists(s => s.Secret is not null || s.ServiceAccountToken is not null);
        string target = paths.Volume(pod.Metadata.Uid, volume.Name, secret);
        await new Projections(source, objects, fields, pod, tokens, time).WriteAsync(target, cancellationToken);
        return new PreparedVolume(target, ReadOnly: true, IsProjected: true);
    }

    /// <summary>The directory of the volume that the claim is bound to.</summary>
    private async Task<PreparedVolume> OfClaimAsync(string ns, ClaimSource source, CancellationToken cancellationToken)
    {
        JsonObject claim = await client.GetAsync(CoreTypes.PersistentVolumeClaims, ns, source.ClaimName, cancellationToken)
            ?? throw new PodConfigException(PodConfigException.Creating, $"persistentvolumeclaim \"{source.ClaimName}\" not found");
        if ((string?)claim["status"]?["phase"] != "Bound")
        {
            throw new PodConfigException(PodConfigException.Creating, $"error processing PVC {ns}/{source.ClaimName}: PVC is not bound");
        }

        string name = (string?)claim["spec"]?["volumeName"] ?? "";
        string directory = paths.Claim(ns, source.ClaimName);
        if (name.Length > 0)
        {
            JsonObject volume = await client.GetAsync(CoreTypes.PersistentVolumes, null, name, cancellationToken)
                ?? throw new PodConfigException(PodConfigException.Creating, $"error processing PVC {ns}/{source.ClaimName}: failed to fetch PV {name} from API server. err=persistentvolumes \"{name}\" not found");
            directory = Source(name, volume["spec"]!.AsObject(), directory);
        }

        PodPaths.CreatePrivate(directory);
        return new PreparedVolume(directory, source.ReadOnly);
    }

    private static string Source(string name, JsonObject spec, string own)
    {
        if (((string?)spec["hostPath"]?["path"] ?? (string?)spec["local"]?["path"]) is not { } path)
        {
            throw new PodConfigException(PodConfigException.Creating, $"persistentvolume \"{name}\" is neither hostPath nor local, which is all that local pods can mount");
        }

        return path == own ? path : HostPaths.Check(new HostPathSource { Path = path, Type = (string?)spec["hostPath"]?["type"] ?? "" });
    }

    private static string Other(JsonObject? other) => other is null || other.Count == 0 ? "(none)" : string.Join(", ", other.Select(o => o.Key));
}
