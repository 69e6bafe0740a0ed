using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>Ports for servers which must know theirs before they listen, as silos must; everything else listens on port 0.</summary>
public static class FreePort
{
    private const int Lowest = 20_000;

    /// <summary>Services of type NodePort have those from here on.</summary>
    private const int LowestNodePort = 30_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();
    private static readonly int Limit = Math.Min(LowestNodePort, FirstOfTheKernel());

    /// <summary>
    /// A TCP port of the loopback on which nobody listens; never given twice by this process. It is none that the kernel gives to clients, or to
    /// servers that ask for any port: one of those could be somebody else's before its server listens.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            int wanted = Limit > Lowest ? Random.Shared.Next(Lowest, Limit) : 0;
            using var listener = new TcpListener(IPAddress.Loopback, wanted);
            try
            {
                listener.Start();
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                continue;
            }

            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (Given.TryAdd(port, true))
            {
                return port;
            }
        }
    }

    private static int FirstOfTheKernel()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split(['\t', ' '])[0], CultureInfo.InvariantCulture) : 0;
    }
}
