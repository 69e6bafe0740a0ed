using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>A TCP port of the loopback on which nobody listens, nor can while this is held: connections to it are refused.</summary>
public sealed class ClosedPort : IDisposable
{
    // Bound, so that nobody else gets it, and never listening.
    private readonly Socket _holder = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes one.</summary>
    public ClosedPort() => _holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Its number.</summary>
    public int Number => ((IPEndPoint)_holder.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose() => _holder.Dispose();
}
