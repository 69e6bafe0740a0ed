using System.Net;
using System.Net.Sockets;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Tells whether a port on loopback can be had.</summary>
internal static class FreePorts
{
    /// <summary>The port when it is free, else 0, which takes any free one.</summary>
    public static int OrAny(int port) => IsFree(port) ? port : 0;

    /// <summary>Whether a program could listen on this port now; 0 always can.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using TcpListener probe = new(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
