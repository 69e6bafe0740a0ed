using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>Ports for servers which must know theirs before they listen, as silos must; everything else listens on port 0.</summary>
public static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A TCP port of the loopback on which nobody listens; never given twice by this process.</summary>
    public static int Take()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (Given.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
