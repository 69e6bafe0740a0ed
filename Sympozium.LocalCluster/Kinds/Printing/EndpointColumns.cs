using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of what is behind services.</summary>
internal static class EndpointColumns
{
    private const int Shown = 3;

    public static Column[] Endpoints { get; } = [Column.Named, Column.Text("Endpoints", "Ready addresses with their ports.", Addresses), Column.Age];

    public static Column[] Slices { get; } =
    [
        Column.Named,
        Column.Text("AddressType", "Family of the addresses.", item => item.Text("addressType")),
        Column.Text("Ports", "Ports of the endpoints.", item => Few(item.Items("ports").Select(port => Port(port.Item)), "<unset>")),
        Column.Text("Endpoints", "The addresses.", item => Few(
            item.Items("endpoints").SelectMany(endpoint => (endpoint.Item["addresses"] as JsonArray ?? []).Select(address => GoJson.Text(address) ?? "")), "<unset>")),
        Column.Age,
    ];

    private static string Port(JsonObject port) =>
        port.Integer("port") is { } number ? number.ToString(CultureInfo.InvariantCulture) : port.Text("name") is { Length: > 0 } name ? name : "*";

    private static string Addresses(JsonObject item)
    {
        List<string> addresses = [];
        foreach ((_, JsonObject subset) in item.Items("subsets"))
        {
            List<string> ports = [.. subset.Items("ports").Select(port => string.Create(CultureInfo.InvariantCulture, $":{port.Item.Integer("port")}"))];
            addresses.AddRange(
                from port in ports.Count == 0 ? [""] : ports
                from address in subset.Items("addresses")
                select address.Item.Text("ip") + port);
        }

        return Few(addresses, "<none>");
    }

    private static string Few(IEnumerable<string> texts, string none)
    {
        List<string> all = [.. texts];
        string shown = string.Join(",", all.Take(Shown));
        return all.Count == 0 ? none : all.Count <= Shown ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown} + {all.Count - Shown} more...");
    }
}
