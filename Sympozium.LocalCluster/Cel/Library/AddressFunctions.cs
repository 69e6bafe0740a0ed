using System.Net;
using System.Net.Sockets;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Kubernetes' libraries of IP addresses and networks.</summary>
internal static class AddressFunctions
{
    public static readonly CelType AddressType = CelType.Opaque("net.IP");

    public static readonly CelType NetworkType = CelType.Opaque("net.CIDR");

    public static void Add(CelFunctions functions)
    {
        functions.Add("ip(string): net.IP", a => Address((string)a[0]) ?? throw new CelException($"IP Address \"{a[0]}\" parse error during conversion from string"));
        functions.Add("isIP(string): bool", a => Address((string)a[0]) is not null);
        functions.Add("ip.isCanonical(string): bool", a => (Address((string)a[0]) ?? throw new CelException($"IP Address \"{a[0]}\" parse error")).ToString() == (string)a[0]);
        functions.Add("string(net.IP): string", a => a[0].ToString()!);
        functions.Add("net.IP.family(): int", a => Family((IPAddress)a[0]));
        functions.Add("net.IP.isUnspecified(): bool", a => a[0].Equals(IPAddress.Any) || a[0].Equals(IPAddress.IPv6Any));
        functions.Add("net.IP.isLoopback(): bool", a => IPAddress.IsLoopback((IPAddress)a[0]));
        functions.Add("net.IP.isLinkLocalUnicast(): bool", a => IsLinkLocal((IPAddress)a[0]));
        functions.Add("net.IP.isLinkLocalMulticast(): bool", a => IsLinkLocalMulticast((IPAddress)a[0]));
        functions.Add("net.IP.isGlobalUnicast(): bool", a => IsGlobal((IPAddress)a[0]));
        functions.Add("cidr(string): net.CIDR", a => Network((string)a[0]) ?? throw new CelException($"network address parse error during conversion from string: \"{a[0]}\""));
        functions.Add("isCIDR(string): bool", a => Network((string)a[0]) is not null);
        functions.Add("string(net.CIDR): string", a => a[0].ToString()!);
        functions.Add("net.CIDR.containsIP(net.IP): bool", a => ((IPNetwork)a[0]).Contains((IPAddress)a[1]));
        functions.Add("net.CIDR.containsIP(string): bool", a => ((IPNetwork)a[0]).Contains(Address((string)a[1]) ?? throw new CelException("IP Address parse error")));
        functions.Add("net.CIDR.containsCIDR(net.CIDR): bool", a => Contains((IPNetwork)a[0], (IPNetwork)a[1]));
        functions.Add("net.CIDR.containsCIDR(string): bool", a => Contains((IPNetwork)a[0], Network((string)a[1]) ?? throw new CelException("network address parse error")));
        functions.Add("net.CIDR.ip(): net.IP", a => ((IPNetwork)a[0]).BaseAddress);
        functions.Add("net.CIDR.masked(): net.CIDR", a => a[0]);
        functions.Add("net.CIDR.prefixLength(): int", a => (long)((IPNetwork)a[0]).PrefixLength);
    }

    // Neither short forms such as 127.1 nor zones, ports or IPv4 in IPv6 are addresses for Kubernetes.
    private static IPAddress? Address(string text)
    {
        bool isFour = text.Contains('.', StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal);
        bool isPlain = isFour
            ? text.Split('.') is { Length: 4 } parts && parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0'))
            : text.Contains(':', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal);
        return isPlain && IPAddress.TryParse(text, out IPAddress? address) && !address.IsIPv4MappedToIPv6 ? address : null;
    }

    private static IPNetwork? Network(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length != 2 || Address(parts[0]) is not { } address || !int.TryParse(parts[1], out int length)
            || length < 0 || length > (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        {
            return null;
        }

        return new IPNetwork(Masked(address, length), length);
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }

    private static bool Contains(IPNetwork outer, IPNetwork inner) => outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    private static long Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 4L : 6L;

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || (address.GetAddressBytes() is [169, 254, _, _]);

    private static bool IsLinkLocalMulticast(IPAddress address) => address.GetAddressBytes() is [224, 0, 0, _] or [0xff, 0x02, ..];

    private static bool IsGlobal(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        bool isMulticast = bytes.Length == 4 ? bytes[0] is >= 224 and <= 239 : bytes[0] == 0xff;
        return !isMulticast && !IPAddress.IsLoopback(address) && !IsLinkLocal(address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            && !address.Equals(IPAddress.Broadcast);
    }
}
