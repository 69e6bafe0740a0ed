using System.Text;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;

namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>Writes the files of configMap, secret, downwardAPI and projected volumes, which differ only in their sources.</summary>
internal sealed class Projections(
    ProjectedSource source, PodObjects objects, PodFields fields, PodManifest pod, IServiceAccountTokens tokens, TimeProvider time)
{
    private const int OrdinaryMode = 0x1A4; // 0644

    private readonly List<string> _problems = [];
    private readonly Dictionary<string, (byte[] Content, int Mode)> _files = new(StringComparer.Ordinal);

    /// <summary>The projection that a volume is; null when it is of another kind.</summary>
    public static ProjectedSource? Of(VolumeSpec volume) => volume switch
    {
        { Projected: { } projected } => projected,
        { ConfigMap: { } map } => new ProjectedSource { Sources = [new Projection { ConfigMap = map }], DefaultMode = map.DefaultMode },
        { Secret: { } secret } => new ProjectedSource
        {
            Sources = [new Projection { Secret = new ObjectSource { Name = secret.SecretName, Items = secret.Items, Optional = secret.Optional } }],
            DefaultMode = secret.DefaultMode,
        },
        { DownwardAPI: { } downward } => new ProjectedSource { Sources = [new Projection { DownwardAPI = downward }], DefaultMode = downward.DefaultMode },
        _ => null,
    };

    /// <summary>Writes the files below a directory; throws <see cref="PodConfigException"/> with everything that is missing.</summary>
    public async Task WriteAsync(string directory, CancellationToken cancellationToken)
    {
        foreach (Projection projection in source.Sources)
        {
            await CollectAsync(projection, cancellationToken);
        }

        if (_problems.Count > 0)
        {
            throw new PodConfigException(PodConfigException.Creating, string.Join(", ", _problems));
        }

        AtomicDirectory.Write(directory, _files, time.GetUtcNow());
    }

    private async Task CollectAsync(Projection projection, CancellationToken cancellationToken)
    {
        if (projection.ConfigMap is { } map)
        {
            Collect(map, await objects.ConfigMapAsync(map.Name, cancellationToken), "configmap");
        }
        else if (projection.Secret is { } secret)
        {
            Collect(secret, await objects.SecretAsync(secret.Name, cancellationToken), "secret");
        }
        else if (projection.DownwardAPI is { } downward)
        {
            downward.Items.ForEach(Collect);
        }
        else if (projection.ServiceAccountToken is { } token)
        {
            Collect(token);
        }
        else
        {
            _problems.Add($"local pods cannot project '{string.Join(", ", projection.Other?.Select(o => o.Key) ?? [])}'");
        }
    }

    private void Collect(ObjectSource reference, IReadOnlyDictionary<string, byte[]>? values, string kind)
    {
        if (values is null)
        {
            if (!reference.Optional)
            {
                _problems.Add($"{kind} \"{reference.Name}\" not found");
            }

            return;
        }

        if (reference.Items.Count == 0)
        {
            foreach ((string key, byte[] value) in values)
            {
                Add(key, value, null);
            }
        }

        foreach (KeyToPath item in reference.Items)
        {
            if (values.TryGetValue(item.Key, out byte[]? value))
            {
                Add(item.Path, value, item.Mode);
            }
            else if (!reference.Optional)
            {
                _problems.Add($"references non-existent {kind} key: {item.Key}");
            }
        }
    }

    private void Collect(TokenSource wanted)
    {
        try
        {
            IssuedToken issued = tokens.Issue(new ServiceAccountTokenRequest(pod.Metadata.Namespace, pod.Spec.ServiceAccountName)
            {
                Audiences = wanted.Audience.Length == 0 ? [] : [wanted.Audience],
                Lifetime = TimeSpan.FromSeconds(wanted.ExpirationSeconds),
                BoundTo = new BoundObject("v1", "Pod", pod.Metadata.Name, pod.Metadata.Uid),
            });
            Add(wanted.Path, Encoding.UTF8.GetBytes(issued.Token), null);
        }
        catch (KubernetesException refused)
        {
            _problems.Add($"failed to fetch token: {refused.Message}");
        }
    }

    private void Collect(DownwardFile file)
    {
        string? value = file.FieldRef is { } field ? fields.Field(field.FieldPath)
            : file.ResourceFieldRef is { } resource && pod.Spec.Containers.Count > 0 ? fields.Resource(resource, pod.Spec.Containers[0])
            : null;
        if (value is null)
        {
            _problems.Add($"downwardAPI item '{file.Path}' has no source that local pods know");
        }
        else
        {
            Add(file.Path, Encoding.UTF8.GetBytes(value), file.Mode);
        }
    }

    private void Add(string path, byte[] content, int? mode)
    {
        if (Path.IsPathRooted(path) || path.Split('/').Contains(".."))
        {
            _problems.Add($"path '{path}' leads out of the volume");
        }
        else
        {
            _files[path] = (content, mode ?? source.DefaultMode ?? OrdinaryMode);
        }
    }
}
