using System.Net;
using System.Net.Sockets;

namespace Sympozium.Silo.Hosting;

/// <summary>A free port for a silo that nobody else talks to; silos must know their ports before they listen.</summary>
internal static class LoopbackPort
{
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
