using System.Text;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Variables;

/// <summary>
/// Resolves a container's environment as the kubelet does: envFrom first, then env in order, each value seeing those before it
/// as $(NAME). All missing objects and keys are reported at once.
/// </summary>
/// <param name="pod">The pod.</param>
/// <param name="container">The container.</param>
/// <param name="objects">Secrets and ConfigMaps.</param>
/// <param name="fields">The pod's own fields.</param>
/// <param name="links">Variables that are there before all others.</param>
internal sealed class ContainerVariables(
    PodManifest pod, ContainerSpec container, PodObjects objects, PodFields fields, IReadOnlyDictionary<string, string> links)
{
    private readonly Dictionary<string, string> _values = new(links, StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    /// <summary>The variables; throws <see cref="PodConfigException"/> when something they refer to is missing.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ResolveAsync(CancellationToken cancellationToken)
    {
        foreach (EnvSource source in container.EnvFrom)
        {
            await AddAllAsync(source, cancellationToken);
        }

        foreach (EnvVar variable in container.Env)
        {
            string? value = variable.ValueFrom is { } from
                ? await ResolveAsync(variable.Name, from, cancellationToken)
                : Expansion.Expand(variable.Value ?? "", _values);
            if (value is not null)
            {
                _values[variable.Name] = value;
            }
        }

        return _problems.Count == 0
            ? _values
            : throw new PodConfigException(PodConfigException.ConfigError, string.Join("; ", _problems));
    }

    private async Task AddAllAsync(EnvSource source, CancellationToken cancellationToken)
    {
        if (source.SecretRef is { } secret)
        {
            AddAll(source.Prefix, await objects.SecretAsync(secret.Name, cancellationToken), "secret", secret.Name, secret.Optional);
        }
        else if (source.ConfigMapRef is { } map)
        {
            AddAll(source.Prefix, await objects.ConfigMapAsync(map.Name, cancellationToken), "configmap", map.Name, map.Optional);
        }
    }

    private void AddAll(string prefix, IReadOnlyDictionary<string, byte[]>? values, string kind, string name, bool optional)
    {
        if (values is null)
        {
            if (!optional)
            {
                _problems.Add($"{kind} \"{name}\" not found");
            }

            return;
        }

        foreach ((string key, byte[] value) in values)
        {
            _values[prefix + key] = Encoding.UTF8.GetString(value);
        }
    }

    private async Task<string?> ResolveAsync(string name, EnvVarSource from, CancellationToken cancellationToken)
    {
        if (from.SecretKeyRef is { } secret)
        {
            return Pick(secret, await objects.SecretAsync(secret.Name, cancellationToken), "secret", "Secret");
        }

        if (from.ConfigMapKeyRef is { } map)
        {
            return Pick(map, await objects.ConfigMapAsync(map.Name, cancellationToken), "configmap", "ConfigMap");
        }

        string? value = from.FieldRef is { } field ? fields.Field(field.FieldPath)
            : from.ResourceFieldRef is { } resource ? fields.Resource(resource, container)
            : null;
        if (value is null)
        {
            _problems.Add($"env '{name}': valueFrom has no source that local pods know");
        }

        return value;
    }

    private string? Pick(KeyReference reference, IReadOnlyDictionary<string, byte[]>? values, string kind, string title)
    {
        if (values is not null && values.TryGetValue(reference.Key, out byte[]? value))
        {
            return Encoding.UTF8.GetString(value);
        }

        if (!reference.Optional)
        {
            _problems.Add(values is null
                ? $"{kind} \"{reference.Name}\" not found"
                : $"couldn't find key {reference.Key} in {title} {pod.Metadata.Namespace}/{reference.Name}");
        }

        return null;
    }
}
