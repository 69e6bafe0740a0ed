using System.Globalization;
using System.Text;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Variables;

/// <summary>The pod's own fields and resources as the downward API gives them to variables and files.</summary>
/// <param name="pod">The pod.</param>
/// <param name="nodeName">The node.</param>
/// <param name="address">The pod's own address.</param>
internal sealed class PodFields(PodManifest pod, string nodeName, string address)
{
    /// <summary>Address of the machine, of which pods see no other.</summary>
    public const string HostAddress = "127.0.0.1";

    /// <summary>Address of the node, as pods and the Node object show it: the first of the pods' range, which no pod gets.</summary>
    public const string NodeAddress = "127.64.0.1";

    /// <summary>Value of a field path; null when local pods do not know it.</summary>
    public string? Field(string path) => path switch
    {
        "metadata.name" => pod.Metadata.Name,
        "metadata.namespace" => pod.Metadata.Namespace,
        "metadata.uid" => pod.Metadata.Uid,
        "metadata.labels" => Lines(pod.Metadata.Labels),
        "metadata.annotations" => Lines(pod.Metadata.Annotations),
        "spec.nodeName" => pod.Spec.NodeName ?? nodeName,
        "spec.serviceAccountName" => pod.Spec.ServiceAccountName,
        "status.hostIP" or "status.hostIPs" => NodeAddress,
        "status.podIP" or "status.podIPs" => address,
        _ => Entry(path),
    };

    /// <summary>A request or limit divided by its divisor, rounded up; null when the container does not exist.</summary>
    public string? Resource(ResourceReference reference, ContainerSpec own)
    {
        ContainerSpec? container = string.IsNullOrEmpty(reference.ContainerName)
            ? own
            : pod.Spec.InitContainers.Concat(pod.Spec.Containers).FirstOrDefault(c => c.Name == reference.ContainerName);
        string[] parts = reference.Resource.Split('.', 2);
        if (container is null || parts.Length != 2 || parts[0] is not ("limits" or "requests"))
        {
            return null;
        }

        bool limit = parts[0] == "limits";
        decimal amount = limit && !container.Resources.Limits.ContainsKey(parts[1])
            ? HostCapacity(parts[1])
            : Quantity(limit ? container.Resources.Limits : container.Resources.Requests, parts[1]);
        decimal divisor = reference.Divisor is { } given ? ResourceQuantity.Parse(given.ToString()) : 1;
        return Math.Ceiling(amount / (divisor == 0 ? 1 : divisor)).ToString(CultureInfo.InvariantCulture);
    }

    private static decimal Quantity(Dictionary<string, System.Text.Json.JsonElement> amounts, string resource) =>
        amounts.TryGetValue(resource, out System.Text.Json.JsonElement amount) ? ResourceQuantity.Parse(amount.ToString()) : 0;

    private static decimal HostCapacity(string resource) => resource switch
    {
        "cpu" => Environment.ProcessorCount,
        "memory" => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        _ => 0,
    };

    private string? Entry(string path)
    {
        foreach ((string prefix, Dictionary<string, string> map) in
            new[] { ("metadata.labels['", pod.Metadata.Labels), ("metadata.annotations['", pod.Metadata.Annotations) })
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal))
            {
                return map.GetValueOrDefault(path[prefix.Length..^2], "");
            }
        }

        return null;
    }

    private static string Lines(Dictionary<string, string> map)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in map.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(key).Append('=').Append(Quote(value));
        }

        return text.ToString();
    }

    private static string Quote(string value) =>
        "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
