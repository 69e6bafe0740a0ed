using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>Pods of a Service that are reached at the same ports.</summary>
internal sealed record EndpointGroup(IReadOnlyList<(ServicePort Port, int Target)> Ports, IReadOnlyList<PodFacts> Pods);

/// <summary>What is behind a Service: pure, from the Service and the pods of its namespace.</summary>
internal static class EndpointPlanner
{
    /// <summary>Endpoints that one EndpointSlice holds at most.</summary>
    public const int SliceSize = 100;

    public static IReadOnlyList<EndpointGroup> Group(ServiceFacts service, IEnumerable<PodFacts> pods)
    {
        List<EndpointGroup> groups = [];
        foreach (IGrouping<string, PodFacts> same in pods.Where(pod => service.Selects(pod) && pod.Address.Length > 0 && !pod.IsFinished)
            .OrderBy(pod => pod.Address, StringComparer.Ordinal).GroupBy(pod => string.Join(',', service.Ports.Select(port => port.Resolve(pod)))))
        {
            List<(ServicePort, int)> ports = [.. service.Ports.Select(port => (port, port.Resolve(same.First()))).Where(port => port.Item2 > 0)];
            if (ports.Count > 0 || service.Ports.Count == 0)
            {
                groups.Add(new EndpointGroup(ports, [.. same]));
            }
        }

        return groups;
    }

    /// <summary>The <c>subsets</c> of Endpoints; those that end are not among them.</summary>
    public static JsonArray Subsets(ServiceFacts service, IEnumerable<EndpointGroup> groups)
    {
        JsonArray subsets = [];
        foreach (EndpointGroup group in groups)
        {
            List<PodFacts> pods = [.. group.Pods.Where(pod => service.PublishesNotReady || !pod.IsDeleting)];
            JsonObject subset = [];
            Put(subset, "addresses", pods.Where(pod => service.PublishesNotReady || pod.IsReady).Select(pod => Address(service, pod)));
            Put(subset, "notReadyAddresses", pods.Where(pod => !service.PublishesNotReady && !pod.IsReady).Select(pod => Address(service, pod)));
            Put(subset, "ports", group.Ports.Select(port => Port(port.Port, port.Target, isSlice: false)));
            if (pods.Count > 0)
            {
                subsets.Add((JsonNode)subset);
            }
        }

        return subsets;
    }

    /// <summary>Endpoints and ports of each EndpointSlice.</summary>
    public static IEnumerable<JsonObject> Slices(ServiceFacts service, IEnumerable<EndpointGroup> groups)
    {
        bool isEmpty = true;
        foreach (EndpointGroup group in groups)
        {
            foreach (PodFacts[] pods in group.Pods.Chunk(SliceSize))
            {
                isEmpty = false;
                yield return new JsonObject
                {
                    ["endpoints"] = new JsonArray([.. pods.Select(pod => Endpoint(service, pod))]),
                    ["ports"] = new JsonArray([.. group.Ports.Select(port => Port(port.Port, port.Target, isSlice: true))]),
                };
            }
        }

        if (isEmpty)
        {
            // A placeholder, so that everybody sees that there is nobody.
            yield return new JsonObject { ["endpoints"] = new JsonArray(), ["ports"] = new JsonArray() };
        }
    }

    private static JsonObject Address(ServiceFacts service, PodFacts pod)
    {
        JsonObject address = new() { ["ip"] = pod.Address };
        if (Hostname(service, pod) is { } hostname)
        {
            address["hostname"] = hostname;
        }

        address["nodeName"] = pod.NodeName;
        address["targetRef"] = Target(pod);
        return address;
    }

    private static JsonObject Endpoint(ServiceFacts service, PodFacts pod)
    {
        bool isServing = pod.IsReady;
        JsonObject endpoint = new()
        {
            ["addresses"] = new JsonArray(pod.Address),
            ["conditions"] = new JsonObject
            {
                ["ready"] = service.PublishesNotReady || (isServing && !pod.IsDeleting),
                ["serving"] = isServing,
                ["terminating"] = pod.IsDeleting,
            },
        };
        if (Hostname(service, pod) is { } hostname)
        {
            endpoint["hostname"] = hostname;
        }

        endpoint["targetRef"] = Target(pod);
        endpoint["nodeName"] = pod.NodeName;
        return endpoint;
    }

    private static string? Hostname(ServiceFacts service, PodFacts pod) => pod.Hostname.Length > 0 && pod.Subdomain == service.Name ? pod.Hostname : null;

    private static JsonObject Target(PodFacts pod) => new() { ["kind"] = "Pod", ["namespace"] = pod.Namespace, ["name"] = pod.Name, ["uid"] = pod.Uid };

    private static JsonObject Port(ServicePort port, int target, bool isSlice)
    {
        JsonObject rendered = [];
        if (isSlice || port.Name.Length > 0)
        {
            rendered["name"] = port.Name;
        }

        rendered["port"] = target;
        rendered["protocol"] = port.Protocol;
        if (port.AppProtocol is not null)
        {
            rendered["appProtocol"] = port.AppProtocol;
        }

        return rendered;
    }

    private static void Put(JsonObject subset, string name, IEnumerable<JsonObject> items)
    {
        JsonArray list = [.. items];
        if (list.Count > 0)
        {
            subset[name] = list;
        }
    }
}
