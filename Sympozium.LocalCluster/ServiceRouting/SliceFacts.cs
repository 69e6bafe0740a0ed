using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>A ready address behind a Service.</summary>
internal sealed record ReadyEndpoint(string Address, string Hostname);

/// <summary>An EndpointSlice as controllers see it.</summary>
internal sealed record SliceFacts : ObjectFacts
{
    public const string ServiceLabel = "kubernetes.io/service-name";

    public SliceFacts(JsonObject slice)
        : base(slice)
    {
        Service = Labels.GetValueOrDefault(ServiceLabel, "");
        Ports = slice.Items("ports").ToDictionary(port => port.Item.Text("name"), port => (int)(port.Item.Integer("port") ?? 0), StringComparer.Ordinal);
        Ready =
        [
            .. slice.Items("endpoints").Where(endpoint => GoJson.Flag(endpoint.Item.Map("conditions")?["ready"]) != false)
                .SelectMany(endpoint => (endpoint.Item["addresses"] as JsonArray ?? []).Take(1).Select(address => new ReadyEndpoint(GoJson.Text(address) ?? "", endpoint.Item.Text("hostname")))),
        ];
        JsonObject content = new() { ["endpoints"] = slice["endpoints"]?.DeepClone(), ["ports"] = slice["ports"]?.DeepClone() };
        Content = content.ToJsonString();
    }

    /// <summary>Name of the Service in the same namespace.</summary>
    public string Service { get; }

    /// <summary>Ports of the endpoints by name.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; }

    public IReadOnlyList<ReadyEndpoint> Ready { get; }

    /// <summary>Endpoints and ports as JSON.</summary>
    public string Content { get; }
}
