using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Networking;
using Sympozium.LocalCluster.ServiceRouting;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// Gives Services their addresses and node ports, each to one of them only. Addresses are loopback ones, so that they are reached
/// from every local pod without a route.
/// </summary>
public sealed class ServiceAllocator(ClusterStore store)
{
    public const string Range = "127.96.0.0/12";

    private const uint First = 0x7f600000;
    private const int RangeSize = 1 << 20;
    private const int FirstNodePort = 30_000;
    private const int LastNodePort = 32_767;

    /// <summary>Kubernetes gives out the upper part by itself; who names an address takes one below.</summary>
    private const int ReservedAddresses = 256;

    /// <summary>What was given out lately and may not be stored yet; beyond it the oldest are stored for long.</summary>
    private const int Remembered = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Fills in what the Service lacks.</summary>
    /// <param name="kind">Any kind; nothing happens for others.</param>
    /// <param name="service">The Service as it is about to be stored.</param>
    /// <param name="old">As it is stored; null at creation.</param>
    /// <exception cref="KubernetesException">422 when what it asks for is taken or out of range.</exception>
    public void Assign(KindDefinition kind, JsonObject service, JsonObject? old)
    {
        if (kind.IsCustom || kind.Type != CoreTypes.Services || service.Map("spec") is not { } spec)
        {
            return;
        }

        string name = Metadata.Text(Metadata.Of(service), "name") ?? "";
        string uid = Metadata.Text(Metadata.Of(service), "uid") ?? "";
        List<JsonObject> others = [.. store.Snapshot.List(ObjectReader.Resource(CoreTypes.Services), null).Where(item => item.Facts.Uid != uid).Select(item => item.ToJson())];
        lock (_lock)
        {
            if (ServiceRules.NeedsAddress(spec))
            {
                Check(spec, old?.Map("spec"), name);
                Families(spec);
            }

            // The API's own Service has the address that the API listens on.
            if (ServiceRules.NeedsAddress(spec) && (Metadata.Text(Metadata.Of(service), "namespace"), name) != ApiService.Key)
            {
                Address(spec, old?.Map("spec"), name, others);
            }

            if (ServiceRules.NeedsNodePorts(spec))
            {
                NodePorts(spec, old?.Map("spec"), name, others);
            }
        }
    }

    /// <summary>One that only names addresses which others fill in may have those of either family.</summary>
    private static bool IsOpen(JsonObject spec) => ServiceRules.IsHeadless(spec) && spec.Map("selector") is not { Count: > 0 };

    /// <summary>Refuses what no address could be found for: texts that are none, and families that this cluster does not have.</summary>
    private static void Check(JsonObject spec, JsonObject? before, string name)
    {
        List<FieldProblem> problems = [];
        JsonArray addresses = spec["clusterIPs"] as JsonArray ?? [];
        for (int i = 0; i < addresses.Count; i++)
        {
            string address = GoJson.Text(addresses[i]) ?? "";
            if (address is not ("" or ServiceRules.None) && !EndpointAddresses.IsAddress(address))
            {
                problems.Invalid(string.Create(CultureInfo.InvariantCulture, $"spec.clusterIPs[{i}]"), address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
            }
        }

        bool isNew = !JsonNode.DeepEquals(spec["ipFamilies"], before?["ipFamilies"]) || !JsonNode.DeepEquals(spec["ipFamilyPolicy"], before?["ipFamilyPolicy"]);
        if (problems.Count == 0 && isNew)
        {
            CheckFamilies(spec, problems);
        }

        if (problems.Count > 0)
        {
            throw Refusals.Invalid(CoreTypes.Services, name, problems);
        }
    }

    private static void CheckFamilies(JsonObject spec, List<FieldProblem> problems)
    {
        const string Policy = "spec.ipFamilyPolicy";
        JsonArray families = spec["ipFamilies"] as JsonArray ?? [];
        string policy = spec.Text("ipFamilyPolicy");
        if (families.Count > 1 && policy is ("" or "SingleStack"))
        {
            problems.Invalid(Policy, spec["ipFamilyPolicy"], "must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified");
            return;
        }

        if (IsOpen(spec))
        {
            return;
        }

        if (policy == "RequireDualStack")
        {
            problems.Invalid(Policy, spec["ipFamilyPolicy"], "this cluster is not configured for dual-stack services");
        }

        for (int i = 0; i < families.Count; i++)
        {
            if (GoJson.Text(families[i]) == "IPv6")
            {
                problems.Invalid(string.Create(CultureInfo.InvariantCulture, $"spec.ipFamilies[{i}]"), families[i], "not configured on this cluster");
            }
        }
    }

    private static void Families(JsonObject spec)
    {
        bool isOpen = IsOpen(spec);
        spec.Default("ipFamilyPolicy", isOpen ? "RequireDualStack" : "SingleStack");
        if (spec["ipFamilies"] is not JsonArray { Count: > 0 })
        {
            spec["ipFamilies"] = isOpen && spec.Text("ipFamilyPolicy") != "SingleStack" ? new JsonArray("IPv4", "IPv6") : new JsonArray("IPv4");
        }
    }

    private void Address(JsonObject spec, JsonObject? before, string name, List<JsonObject> others)
    {
        string wanted = spec.Text("clusterIP");
        if (wanted == ServiceRules.None || (wanted.Length > 0 && wanted == before.Text("clusterIP")))
        {
            return;
        }

        HashSet<string> taken = new(others.Select(item => item.Map("spec").Text("clusterIP")), StringComparer.Ordinal);
        if (wanted.Length == 0)
        {
            wanted = Free(taken);
            spec["clusterIP"] = wanted;
            spec["clusterIPs"] = new JsonArray(wanted);
        }
        else if (!IsInRange(wanted))
        {
            throw Refused(name, "spec.clusterIPs", spec["clusterIPs"], $"failed to allocate IP {wanted}: the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {Range}");
        }
        else if (taken.Contains(wanted))
        {
            throw Refused(name, "spec.clusterIPs", spec["clusterIPs"], $"failed to allocate IP {wanted}: provided IP is already allocated");
        }
    }

    private string Free(HashSet<string> taken)
    {
        while (true)
        {
            uint number = First + (uint)RandomNumberGenerator.GetInt32(ReservedAddresses, RangeSize - 1);
            string address = new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]).ToString();
            if (!taken.Contains(address) && Give(address))
            {
                return address;
            }
        }
    }

    private void NodePorts(JsonObject spec, JsonObject? before, string name, List<JsonObject> others)
    {
        HashSet<(string, long)> taken = [.. others.SelectMany(item => item.Map("spec").Items("ports")).Select(port => (port.Item.Text("protocol"), port.Item.Integer("nodePort") ?? 0))];
        HashSet<(string, long)> own = [.. before.Items("ports").Select(port => (port.Item.Text("protocol"), port.Item.Integer("nodePort") ?? 0))];
        foreach ((int index, JsonObject port) in spec.Items("ports"))
        {
            string protocol = port.Text("protocol");
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.ports[{index}].nodePort");
            if (port.Integer("nodePort") is null or 0)
            {
                long free = FreePort(protocol, taken);
                taken.Add((protocol, free));
                port["nodePort"] = free;
            }
            else if (!own.Contains((protocol, port.Integer("nodePort")!.Value)) && Problem(port, protocol, taken) is { } problem)
            {
                throw Refused(name, path, port["nodePort"], problem);
            }
        }
    }

    private static string? Problem(JsonObject port, string protocol, HashSet<(string, long)> taken) => port.Integer("nodePort")!.Value switch
    {
        < FirstNodePort or > LastNodePort => $"provided port is not in the valid range. The range of valid ports is {FirstNodePort}-{LastNodePort}",
        var number when taken.Contains((protocol, number)) => "provided port is already allocated",
        _ => null,
    };

    /// <exception cref="KubernetesException">500 when all ports are taken.</exception>
    private long FreePort(string protocol, HashSet<(string, long)> taken)
    {
        const int Count = LastNodePort - FirstNodePort + 1;
        int start = RandomNumberGenerator.GetInt32(Count);
        for (int i = 0; i < Count; i++)
        {
            int port = FirstNodePort + (start + i) % Count;
            if (!taken.Contains((protocol, port)) && Give(string.Create(CultureInfo.InvariantCulture, $"{protocol}:{port}")))
            {
                return port;
            }
        }

        throw Refusals.Internal("failed to allocate a nodePort: range is full");
    }

    private bool Give(string what)
    {
        if (!_given.Add(what))
        {
            return false;
        }

        _order.Enqueue(what);
        if (_order.Count > Remembered)
        {
            _given.Remove(_order.Dequeue());
        }

        return true;
    }

    private static bool IsInRange(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) && IPNetwork.Parse(Range).Contains(address);

    private static KubernetesException Refused(string name, string path, JsonNode? value, string why) => Refusals.Invalid(
        CoreTypes.Services, name, [new FieldProblem(path, ProblemReasons.Invalid, $"Invalid value: {GoJson.Show(value)}: {why}")]);
}
