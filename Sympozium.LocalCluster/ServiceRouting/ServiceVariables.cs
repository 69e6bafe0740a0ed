using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>The environment variables by which containers find Services without names.</summary>
internal static class ServiceVariables
{
    /// <param name="client">Where Services are read: all that were made before the pod are to be in it.</param>
    /// <param name="ns">Namespace of the pod.</param>
    /// <param name="all">All Services of the namespace; otherwise only that of the API.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<Dictionary<string, string>> ReadAsync(IKubernetesClient client, string ns, bool all, CancellationToken cancellationToken)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        if (await client.GetAsync(CoreTypes.Services, ApiService.Namespace, ApiService.Name, cancellationToken) is { } api)
        {
            Describe(new ServiceFacts(api), variables);
        }

        if (all)
        {
            foreach (JsonObject service in (await client.ListAsync(CoreTypes.Services, ns, ListOptions.All, cancellationToken)).Items)
            {
                Describe(new ServiceFacts(service), variables);
            }
        }

        return variables;
    }

    private static void Describe(ServiceFacts service, Dictionary<string, string> variables)
    {
        if (!service.HasAddress || service.Ports.Count == 0)
        {
            return;
        }

        string prefix = Variable(service.Name);
        string first = service.Ports[0].Port.ToString(CultureInfo.InvariantCulture);
        variables[$"{prefix}_SERVICE_HOST"] = service.Address;
        variables[$"{prefix}_SERVICE_PORT"] = first;
        variables[$"{prefix}_PORT"] = $"{service.Ports[0].Protocol.ToLowerInvariant()}://{service.Address}:{first}";
        foreach (ServicePort port in service.Ports)
        {
            string number = port.Port.ToString(CultureInfo.InvariantCulture);
            if (port.Name.Length > 0)
            {
                variables[$"{prefix}_SERVICE_PORT_{Variable(port.Name)}"] = number;
            }

            string one = $"{prefix}_PORT_{number}_{port.Protocol}";
            variables[one] = $"{port.Protocol.ToLowerInvariant()}://{service.Address}:{number}";
            variables[$"{one}_PROTO"] = port.Protocol.ToLowerInvariant();
            variables[$"{one}_PORT"] = number;
            variables[$"{one}_ADDR"] = service.Address;
        }
    }

    private static string Variable(string name) => name.ToUpperInvariant().Replace('-', '_');
}
