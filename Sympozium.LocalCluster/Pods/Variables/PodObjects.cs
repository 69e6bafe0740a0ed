using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Pods.Variables;

/// <summary>Reads the Secrets and ConfigMaps of one namespace, each at most once; lives for one attempt to start a pod.</summary>
internal sealed class PodObjects(IKubernetesClient client, string ns)
{
    private readonly ConcurrentDictionary<(bool Secret, string Name), Task<IReadOnlyDictionary<string, byte[]>?>> _read = new();

    /// <summary>The keys of a Secret with their values; null when there is no such Secret.</summary>
    public Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string name, CancellationToken cancellationToken) =>
        _read.GetOrAdd((true, name), key => ReadSecretAsync(key.Name, cancellationToken));

    /// <summary>The keys of a ConfigMap with their values; null when there is no such ConfigMap.</summary>
    public Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string name, CancellationToken cancellationToken) =>
        _read.GetOrAdd((false, name), key => ReadConfigMapAsync(key.Name, cancellationToken));

    private async Task<IReadOnlyDictionary<string, byte[]>?> ReadSecretAsync(string name, CancellationToken cancellationToken)
    {
        JsonObject? secret = await client.GetAsync(CoreTypes.Secrets, ns, name, cancellationToken);
        if (secret is null)
        {
            return null;
        }

        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        Add(values, secret["data"], Convert.FromBase64String);
        Add(values, secret["stringData"], Encoding.UTF8.GetBytes);
        return values;
    }

    private async Task<IReadOnlyDictionary<string, byte[]>?> ReadConfigMapAsync(string name, CancellationToken cancellationToken)
    {
        JsonObject? map = await client.GetAsync(CoreTypes.ConfigMaps, ns, name, cancellationToken);
        if (map is null)
        {
            return null;
        }

        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        Add(values, map["data"], Encoding.UTF8.GetBytes);
        Add(values, map["binaryData"], Convert.FromBase64String);
        return values;
    }

    private static void Add(Dictionary<string, byte[]> values, JsonNode? data, Func<string, byte[]> decode)
    {
        foreach ((string key, JsonNode? value) in data as JsonObject ?? [])
        {
            values[key] = decode((string?)value ?? "");
        }
    }
}
