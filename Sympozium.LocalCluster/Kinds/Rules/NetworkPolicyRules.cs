using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Networking;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>NetworkPolicy: which directions it speaks of, whom it names.</summary>
internal sealed class NetworkPolicyRules : KindRules
{
    private const string NotACidr = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Ensure("podSelector");
        foreach (string direction in (string[])["ingress", "egress"])
        {
            foreach ((_, JsonObject rule) in spec.Items(direction))
            {
                foreach ((_, JsonObject port) in rule.Items("ports"))
                {
                    port.Default("protocol", "TCP");
                }
            }
        }

        if (spec["policyTypes"] is null)
        {
            spec["policyTypes"] = spec["egress"] is JsonArray { Count: > 0 } ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        LabelSelectorRules.Validate(spec.Map("podSelector"), "spec.podSelector", problems);
        Rules(spec, "ingress", "from", problems);
        Rules(spec, "egress", "to", problems);
        JsonArray types = spec?["policyTypes"] as JsonArray ?? [];
        if (types.Count > 2)
        {
            problems.Invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
            return;
        }

        for (int i = 0; i < types.Count; i++)
        {
            if (GoJson.Text(types[i]) is not ("Ingress" or "Egress"))
            {
                problems.NotSupported(At("spec.policyTypes", i), types[i], ["Ingress", "Egress"]);
            }
        }
    }

    private static string At(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");

    private static void Rules(JsonObject? spec, string direction, string peers, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject rule) in spec.Items(direction))
        {
            string path = At($"spec.{direction}", index);
            foreach ((int at, JsonObject port) in rule.Items("ports"))
            {
                Port(port, At($"{path}.ports", at), problems);
            }

            foreach ((int at, JsonObject peer) in rule.Items(peers))
            {
                Peer(peer, At($"{path}.{peers}", at), problems);
            }
        }
    }

    private static void Port(JsonObject port, string path, List<FieldProblem> problems)
    {
        if (port["protocol"] is not null && port.Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
        {
            problems.NotSupported($"{path}.protocol", port["protocol"], ["TCP", "UDP", "SCTP"]);
        }

        JsonNode? last = port["endPort"];
        if (port["port"] is null)
        {
            if (last is not null)
            {
                problems.Invalid($"{path}.endPort", last, "may not be specified when `port` is not specified");
            }
        }
        else if (GoJson.Text(port["port"]) is { } name)
        {
            if (last is not null)
            {
                problems.Invalid($"{path}.endPort", last, "may not be specified when `port` is non-numeric");
            }

            problems.Invalid($"{path}.port", name, Names.PortName(name));
        }
        else
        {
            EndpointAddresses.ValidatePort(port["port"], $"{path}.port", problems);
            if (last is not null && GoJson.Integer(last) < GoJson.Integer(port["port"]))
            {
                problems.Invalid($"{path}.endPort", last, "must be greater than or equal to `port`");
            }

            if (last is not null)
            {
                EndpointAddresses.ValidatePort(last, $"{path}.endPort", problems);
            }
        }
    }

    private static void Peer(JsonObject peer, string path, List<FieldProblem> problems)
    {
        int count = 0;
        foreach (string selector in (string[])["podSelector", "namespaceSelector"])
        {
            if (peer.Map(selector) is { } labels)
            {
                count++;
                LabelSelectorRules.Validate(labels, $"{path}.{selector}", problems);
            }
        }

        JsonObject? block = peer.Map("ipBlock");
        if (block is not null)
        {
            Block(block, $"{path}.ipBlock", problems);
        }
        else if (count == 0)
        {
            problems.Required(path, "must specify a peer");
        }

        if (block is not null && count > 0)
        {
            problems.Forbidden(path, "may not specify both ipBlock and another peer");
        }
    }

    private static void Block(JsonObject block, string path, List<FieldProblem> problems)
    {
        string text = block.Text("cidr");
        if (text.Length == 0)
        {
            problems.Required($"{path}.cidr");
            return;
        }

        if (Range(text) is not { } range)
        {
            problems.Invalid($"{path}.cidr", text, [NotACidr]);
            return;
        }

        JsonArray exceptions = block["except"] as JsonArray ?? [];
        for (int i = 0; i < exceptions.Count; i++)
        {
            string except = GoJson.Text(exceptions[i]) ?? "";
            if (Range(except) is not { } part)
            {
                problems.Invalid(At($"{path}.except", i), except, [NotACidr]);
            }
            else if (!range.Contains(part.BaseAddress) || range.PrefixLength >= part.PrefixLength)
            {
                problems.Invalid(At($"{path}.except", i), except, ["must be a strict subset of `cidr`"]);
            }
        }
    }

    /// <summary>The range, of which the address may be any; null when the text is none.</summary>
    private static IPNetwork? Range(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length != 2 || !EndpointAddresses.IsAddress(parts[0]) || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            return null;
        }

        byte[] bytes = IPAddress.Parse(parts[0]).GetAddressBytes();
        if (length > bytes.Length * 8)
        {
            return null;
        }

        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}
