using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>One Service and, for each of its ports, the ready endpoints and the port they have.</summary>
internal sealed record ServiceRoute(ServiceFacts Service, IReadOnlyList<(ServicePort Port, int Target, IReadOnlyList<ReadyEndpoint> Endpoints)> Targets)
{
    public static ServiceRoute Of(ServiceFacts service, IEnumerable<SliceFacts> slices)
    {
        List<SliceFacts> own = [.. slices.Where(slice => slice.Service == service.Name)];
        return new ServiceRoute(
            service,
            [
                .. service.Ports.SelectMany(port => own.Where(slice => slice.Ports.ContainsKey(port.Name)).GroupBy(slice => slice.Ports[port.Name])
                    .Select(group => (port, group.Key, (IReadOnlyList<ReadyEndpoint>)[.. group.SelectMany(slice => slice.Ready)]))),
            ])
        {
            Ready = [.. own.SelectMany(slice => slice.Ready).DistinctBy(endpoint => endpoint.Address)],
        };
    }

    public IReadOnlyList<ReadyEndpoint> Ready { get; private init; } = [];

    /// <summary>Whether a port of the Service is another one at its pods, so that somebody has to forward.</summary>
    public bool Translates => Targets.Any(target => target.Port.Port != target.Target);

    /// <summary>What its name resolves to: its own address when that forwards, else the pods themselves.</summary>
    public IReadOnlyList<string> Addresses => Service.HasAddress && (Translates || Ready.Count == 0) ? [Service.Address] : [.. Ready.Select(endpoint => endpoint.Address)];
}

/// <summary>
/// The names and addresses of all Services, for the pods of this machine. Written by the controllers; readers get a state that
/// does not change, and are told when there is a newer one.
/// </summary>
internal sealed class ServiceDirectory
{
    private const string Domain = "svc.cluster.local";

    private readonly ConcurrentDictionary<(string Namespace, string Name), ServiceRoute> _routes = new();
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called, never at the same time for one Service, after one has changed.</summary>
    public event Action<(string Namespace, string Name)>? Changed;

    /// <summary>Done when all Services that were there at the start are in it.</summary>
    public Task WhenFilled => _filled.Task;

    public IEnumerable<ServiceRoute> Routes => _routes.Values;

    public ServiceRoute? Find(string ns, string name) => _routes.GetValueOrDefault((ns, name));

    public void Set((string Namespace, string Name) key, ServiceRoute? route)
    {
        if (route is null)
        {
            _routes.TryRemove(key, out _);
        }
        else
        {
            _routes[key] = route;
        }

        Changed?.Invoke(key);
    }

    public void Fill() => _filled.TrySetResult();

    /// <summary>Lines of a hosts file for pods of a namespace.</summary>
    public string Hosts(string ns)
    {
        StringBuilder lines = new();
        foreach (ServiceRoute route in _routes.Values.OrderBy(route => route.Service.Namespace, StringComparer.Ordinal).ThenBy(route => route.Service.Name, StringComparer.Ordinal))
        {
            string own = $"{route.Service.Name}.{route.Service.Namespace}";
            string names = $"{own}.{Domain} {own}.svc {own}{(route.Service.Namespace == ns ? $" {route.Service.Name}" : "")}";
            foreach (string address in route.Addresses)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{address}\t{names}\n");
            }

            foreach (ReadyEndpoint named in route.Service.IsHeadless ? route.Ready.Where(endpoint => endpoint.Hostname.Length > 0) : [])
            {
                lines.Append(CultureInfo.InvariantCulture, $"{named.Address}\t{named.Hostname}.{own}.{Domain}{(route.Service.Namespace == ns ? $" {named.Hostname}.{route.Service.Name}" : "")}\n");
            }
        }

        return lines.ToString();
    }
}
