using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>
/// Ports for servers which must know theirs before they listen, or keep it while they are away; everything else listens on port 0. They are below those
/// that the kernel gives to whoever asks for any: there a client of a server that is away could get the server's port as its own.
/// </summary>
public static class FreePort
{
    private const int Lowest = 12_000;

    /// <summary>Services of type NodePort have those from here on.</summary>
    private const int LowestNodePort = 30_000;

    /// <summary>Keeps what was given from other processes of tests until this one ends; of UDP, which nobody who takes a port here uses. Guarded by itself.</summary>
    private static readonly List<Socket> Held = [];

    /// <summary>A TCP port of the loopback on which nobody listens; not given to anybody else while this process lives.</summary>
    public static int Take()
    {
        int end = EndOfRange();
        lock (Held)
        {
            while (true)
            {
                int port = Random.Shared.Next(Lowest, end);
                if (Hold(port) is { } held)
                {
                    Held.Add(held);
                    return port;
                }
            }
        }
    }

    private static Socket? Hold(int port)
    {
        var held = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            held.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return held;
        }
        catch (SocketException)
        {
            held.Dispose();
            return null;
        }
    }

    private static int EndOfRange()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        int first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture) : LowestNodePort;
        return first is > Lowest + 1000 and < LowestNodePort ? first : LowestNodePort;
    }
}
