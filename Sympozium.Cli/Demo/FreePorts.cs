using System.Net;
using System.Net.Sockets;

namespace Sympozium.Cli.Demo;

/// <summary>Tells whether a port on loopback can be had.</summary>
internal static class FreePorts
{
    /// <summary>The port when it is free, else 0, which takes any free one.</summary>
    public static int OrAny(int port)
    {
        try
        {
            using TcpListener probe = new(IPAddress.Loopback, port);
            probe.Start();
            return port;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
