using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>A service has nobody who answers, or is not there.</summary>
internal sealed class ServiceUnavailableException(string message) : Exception(message);

/// <summary>
/// Where a service answers on this machine: at a ready pod that it selects, on the target port. Local pods share the machine's loopback
/// interface unless their status names an address of their own.
/// </summary>
internal sealed class ServiceAddresses(ClusterStore store)
{
    private const string Loopback = "127.0.0.1";
    private static readonly ResourceKey Pods = ObjectReader.Resource(CoreTypes.Pods);

    /// <param name="service">The port of the service.</param>
    /// <param name="named">The address by the service's name; its path and query are kept.</param>
    /// <exception cref="ServiceUnavailableException">No such service or port, or no ready pod behind it.</exception>
    public Uri Find(ServiceTarget service, Uri named)
    {
        StoreSnapshot snapshot = store.Snapshot;
        StoredObject stored = snapshot.Find(new ObjectKey(new ResourceKey("", "services"), service.Namespace, service.Name))
            ?? throw new ServiceUnavailableException($"service \"{service.Name}\" not found");
        JsonObject? spec = stored.ToJson().Map("spec");
        JsonObject port = spec.Items("ports").Select(item => item.Item).FirstOrDefault(item => item.Integer("port") == service.Port)
            ?? throw new ServiceUnavailableException($"no service port {service.Port} found for service \"{service.Name}\"");
        JsonObject selector = spec.Map("selector") ?? [];
        foreach (StoredObject pod in snapshot.List(Pods, service.Namespace))
        {
            if (selector.Count > 0 && selector.All(label => pod.Facts.Labels.TryGetValue(label.Key, out string? value) && value == GoJson.Text(label.Value))
                && Address(pod.ToJson(), port) is { } address)
            {
                return new UriBuilder(named) { Host = address.Host, Port = address.Port }.Uri;
            }
        }

        throw new ServiceUnavailableException($"no endpoints available for service \"{service.Name}\"");
    }

    private static (string Host, int Port)? Address(JsonObject pod, JsonObject port)
    {
        bool isReady = pod.Map("status").Items("conditions").Any(condition => condition.Item.Text("type") == "Ready" && condition.Item.Text("status") == "True");
        if (!isReady)
        {
            return null;
        }

        string host = pod.Map("status").Text("podIP") is { Length: > 0 } ip ? ip : Loopback;
        long? number = port["targetPort"] is { } target ? GoJson.Integer(target) ?? Named(pod, GoJson.Text(target) ?? "") : port.Integer("port");
        return number is > 0 and <= 65_535 ? (host, (int)number) : null;
    }

    private static long? Named(JsonObject pod, string name) => pod.Map("spec").Items("containers")
        .SelectMany(container => container.Item.Items("ports"))
        .Where(port => port.Item.Text("name") == name)
        .Select(port => port.Item.Integer("containerPort"))
        .FirstOrDefault();
}
