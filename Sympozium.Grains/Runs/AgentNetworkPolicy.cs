using System.Text.Json.Nodes;
using Sympozium.Abstractions;

namespace Sympozium.Grains.Runs;

/// <summary>
/// Pure: the NetworkPolicies that a namespace with runs needs. Agent pods take no connection from anybody. Those whose policy does not open the
/// network reach the gateway, the bus where they speak on it by themselves, and name servers, nothing else. They select by label, so the same
/// objects serve all runs of a namespace. The bus has one of its own: policies add up, and the others may be there from before it was used.
/// </summary>
internal static class AgentNetworkPolicy
{
    public const string Ingress = "sympozium-agent-ingress";
    public const string Egress = "sympozium-agent-egress";
    public const string BusEgress = "sympozium-agent-bus";
    private const int DnsPort = 53;

    public static IReadOnlyList<JsonObject> Render(string ns, ControlPlanePeer gateway, IReadOnlyList<ControlPlanePeer> bus) =>
    [
        Policy(ns, Ingress, new JsonObject
        {
            ["podSelector"] = Select((SympoziumNames.ComponentLabel, "agent-run")),
            ["policyTypes"] = new JsonArray("Ingress"),
        }),
        Policy(ns, Egress, new JsonObject
        {
            ["podSelector"] = SelectClosed(),
            ["policyTypes"] = new JsonArray("Egress"),
            ["egress"] = new JsonArray(
                Reach(gateway),
                new JsonObject
                {
                    ["to"] = new JsonArray(new JsonObject { ["namespaceSelector"] = Select(("kubernetes.io/metadata.name", "kube-system")) }),
                    ["ports"] = new JsonArray(Port("UDP", DnsPort), Port("TCP", DnsPort)),
                }),
        }),
        .. bus.Count == 0
            ? (JsonObject[])[]
            :
            [
                Policy(ns, BusEgress, new JsonObject
                {
                    ["podSelector"] = SelectClosed(),
                    ["policyTypes"] = new JsonArray("Egress"),
                    ["egress"] = new JsonArray([.. bus.Select(Reach)]),
                }),
            ],
    ];

    private static JsonObject SelectClosed() => Select((SympoziumNames.ComponentLabel, "agent-run"), (SympoziumNames.EgressLabel, SympoziumNames.EgressDenied));

    private static JsonObject Reach(ControlPlanePeer peer) => new() { ["to"] = new JsonArray(Peer(peer)), ["ports"] = new JsonArray(Port("TCP", peer.Port)) };

    private static JsonObject Peer(ControlPlanePeer peer) => peer.Cidr is { } cidr
        ? new JsonObject { ["ipBlock"] = new JsonObject { ["cidr"] = cidr } }
        : new JsonObject
        {
            ["namespaceSelector"] = Select(("kubernetes.io/metadata.name", SympoziumNames.SystemNamespace)),
            ["podSelector"] = Select((SympoziumNames.ComponentLabel, peer.Component)),
        };

    private static JsonObject Policy(string ns, string name, JsonObject spec) => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "NetworkPolicy",
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = ns,
            ["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "sympozium", ["app.kubernetes.io/managed-by"] = "sympozium-controller" },
        },
        ["spec"] = spec,
    };

    private static JsonObject Select(params (string Label, string Value)[] labels) =>
        new() { ["matchLabels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Label, (JsonNode?)label.Value))) };

    private static JsonObject Port(string protocol, int port) => new() { ["protocol"] = protocol, ["port"] = port };
}
