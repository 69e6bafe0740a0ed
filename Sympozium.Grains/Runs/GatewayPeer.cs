using Sympozium.Abstractions;

namespace Sympozium.Grains.Runs;

/// <summary>Where the gateway is, as NetworkPolicies name it: pods in a namespace, or addresses outside of the cluster.</summary>
/// <param name="Port">TCP port on which its pods listen.</param>
/// <param name="Cidr">Address of a gateway outside of the cluster; null when it is the one in <see cref="SympoziumNames.SystemNamespace"/>.</param>
public sealed record GatewayPeer(int Port, string? Cidr)
{
    private const string ServiceSuffix = "." + SympoziumNames.SystemNamespace + ".svc";

    /// <summary>The peer behind a URL that pods use: a Service of the system namespace, or an IP address. Null when a policy cannot name it (another host name).</summary>
    public static GatewayPeer? Of(string url)
    {
        var address = new Uri(url);
        if (address.Host.EndsWith(ServiceSuffix, StringComparison.Ordinal) || address.Host.Contains(ServiceSuffix + ".", StringComparison.Ordinal))
        {
            return new GatewayPeer(address.Port, null);
        }

        return address.HostNameType switch
        {
            UriHostNameType.IPv4 => new GatewayPeer(address.Port, address.Host + "/32"),
            UriHostNameType.IPv6 => new GatewayPeer(address.Port, address.Host.Trim('[', ']') + "/128"),
            _ => null,
        };
    }
}
