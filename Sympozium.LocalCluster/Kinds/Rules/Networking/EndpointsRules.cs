using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Networking;

/// <summary>Endpoints, the old form.</summary>
internal sealed class EndpointsRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        foreach ((_, JsonObject subset) in obj.Items("subsets"))
        {
            foreach ((_, JsonObject port) in subset.Items("ports"))
            {
                port.Default("protocol", "TCP");
            }
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject subset) in obj.Items("subsets"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"subsets[{index}]");
            if (!subset.Items("addresses").Any() && !subset.Items("notReadyAddresses").Any())
            {
                problems.Required(path, "must specify `addresses` or `notReadyAddresses`");
            }

            foreach (string list in (string[])["addresses", "notReadyAddresses"])
            {
                foreach ((int at, JsonObject address) in subset.Items(list))
                {
                    EndpointAddresses.Validate(address.Text("ip"), string.Create(CultureInfo.InvariantCulture, $"{path}.{list}[{at}].ip"), problems);
                }
            }

            foreach ((int at, JsonObject port) in subset.Items("ports"))
            {
                string place = string.Create(CultureInfo.InvariantCulture, $"{path}.ports[{at}]");
                if (port.Text("name").Length == 0 && subset.Items("ports").Count() > 1)
                {
                    problems.Required($"{place}.name");
                }

                EndpointAddresses.ValidatePort(port["port"], $"{place}.port", problems);
                problems.OneOf($"{place}.protocol", port["protocol"], required: true, "SCTP", "TCP", "UDP");
            }
        }
    }
}

/// <summary>EndpointSlice.</summary>
internal sealed class EndpointSliceRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        foreach ((_, JsonObject port) in obj.Items("ports"))
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }

        // Kubernetes always writes both fields, null when there is nothing.
        obj.TryAdd("endpoints", null);
        obj.TryAdd("ports", null);
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        problems.OneOf("addressType", obj["addressType"], required: true, "FQDN", "IPv4", "IPv6");
        if (old is not null)
        {
            problems.Immutable("addressType", obj["addressType"], old["addressType"]);
        }

        foreach ((int index, JsonObject endpoint) in obj.Items("endpoints"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"endpoints[{index}].addresses");
            JsonArray addresses = endpoint["addresses"] as JsonArray ?? [];
            if (addresses.Count == 0)
            {
                problems.Required(path, "must contain at least 1 address");
            }

            for (int i = 0; i < addresses.Count && obj.Text("addressType") is "IPv4" or "IPv6"; i++)
            {
                EndpointAddresses.Validate(GoJson.Text(addresses[i]) ?? "", string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), problems);
            }
        }

        foreach ((int index, JsonObject port) in obj.Items("ports"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"ports[{index}]");
            if (port["port"] is not null)
            {
                EndpointAddresses.ValidatePort(port["port"], $"{path}.port", problems);
            }

            problems.OneOf($"{path}.protocol", port["protocol"], required: true, "SCTP", "TCP", "UDP");
        }
    }
}

/// <summary>Addresses and ports in objects.</summary>
internal static class EndpointAddresses
{
    // .NET would take "1" and "0x7f.1" as well.
    public static bool IsAddress(string text) =>
        System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address) && string.Equals(address.ToString(), text, StringComparison.OrdinalIgnoreCase);

    public static void Validate(string text, string path, List<FieldProblem> problems)
    {
        if (!IsAddress(text))
        {
            problems.Invalid(path, text, ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]);
        }
    }

    public static void ValidatePort(JsonNode? port, string path, List<FieldProblem> problems)
    {
        if (GoJson.Integer(port) is not (>= 1 and <= 65535))
        {
            problems.Invalid(path, port ?? 0, "must be between 1 and 65535, inclusive");
        }
    }
}
