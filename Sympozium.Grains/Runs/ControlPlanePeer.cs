using Sympozium.Abstractions;

namespace Sympozium.Grains.Runs;

/// <summary>Where a part of the control plane is, as NetworkPolicies name it: pods in a namespace, or addresses outside of the cluster.</summary>
/// <param name="Component">Label of its pods in <see cref="SympoziumNames.SystemNamespace"/>, when it is there.</param>
/// <param name="Port">TCP port on which its pods listen.</param>
/// <param name="Cidr">Its address outside of the cluster; null when it is in <see cref="SympoziumNames.SystemNamespace"/>.</param>
public sealed record ControlPlanePeer(string Component, int Port, string? Cidr)
{
    /// <summary>Component of gateways.</summary>
    public const string GatewayComponent = "gateway";

    /// <summary>Component of NATS servers.</summary>
    public const string BusComponent = "nats";

    private const string ServiceSuffix = "." + SympoziumNames.SystemNamespace + ".svc";
    private const int NatsPort = 4222;

    /// <summary>The gateway behind a URL that pods use: a Service of the system namespace, or an IP address. Null when a policy cannot name it (another host name).</summary>
    public static ControlPlanePeer? OfGateway(string url) => Of(GatewayComponent, new Uri(url));

    /// <summary>The servers behind a bus URL that pods use, as far as a policy can name them.</summary>
    public static IReadOnlyList<ControlPlanePeer> OfBus(string urls) =>
        [.. urls.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(url => Of(BusComponent, new Uri(url))).OfType<ControlPlanePeer>()];

    private static ControlPlanePeer? Of(string component, Uri address)
    {
        int port = address.Port > 0 ? address.Port : NatsPort;
        if (address.Host.EndsWith(ServiceSuffix, StringComparison.Ordinal) || address.Host.Contains(ServiceSuffix + ".", StringComparison.Ordinal))
        {
            return new ControlPlanePeer(component, port, null);
        }

        return address.HostNameType switch
        {
            UriHostNameType.IPv4 => new ControlPlanePeer(component, port, address.Host + "/32"),
            UriHostNameType.IPv6 => new ControlPlanePeer(component, port, address.Host.Trim('[', ']') + "/128"),
            _ => null,
        };
    }
}
