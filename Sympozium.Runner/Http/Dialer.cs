using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Http;

/// <summary>Makes connections: a Unix socket by the kernel's own calls, a host by System.Net.Sockets, https by SslStream above it.</summary>
internal sealed class Dialer(ProcessLifetime lifetime, TimeSpan connectLimit, TimeSpan idleLimit)
{
    /// <summary>Connects.</summary>
    /// <exception cref="TransportException">Nobody answers there.</exception>
    public IByteChannel Connect(HttpTarget target) => target.SocketPath is null ? ConnectHost(target) : ConnectUnix(target.SocketPath);

    private unsafe DescriptorChannel ConnectUnix(string path)
    {
        const int PathCapacity = 108;
        int length = Encoding.UTF8.GetByteCount(path);
        if (length >= PathCapacity)
        {
            throw new TransportException($"The socket path '{path}' is {length} bytes long; the kernel takes at most {PathCapacity - 1}.");
        }

        byte* address = stackalloc byte[PathCapacity + 2];
        new Span<byte>(address, PathCapacity + 2).Clear();
        *(ushort*)address = Libc.AddressFamilyUnix;
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, PathCapacity));
        Descriptor socket = Descriptor.Take(
            Libc.Socket(Libc.AddressFamilyUnix, Libc.SocketStream | Libc.SocketCloseOnExec, 0), "socket");
        if (Libc.Connect(socket.Number, address, (uint)(length + 3)) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            socket.Dispose();
            throw new TransportException($"No answer at the socket '{path}' ({Marshal.GetPInvokeErrorMessage(error)}).");
        }

        return new DescriptorChannel(socket, socket, lifetime, idleLimit);
    }

    // Apart, so that a run on a Unix socket never loads System.Net.Sockets.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private IByteChannel ConnectHost(HttpTarget target)
    {
        Socket? socket = null;
        try
        {
            socket = Open(target);
            var channel = new DescriptorChannel(new Descriptor((int)socket.Handle), socket, lifetime, idleLimit);
            return target.IsTls ? Secure(channel, target, authorityFile: null) : channel;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket?.Dispose();
            throw e as TransportException ?? new TransportException($"No connection to {target.HostHeader} ({e.Message}).", e);
        }
    }

    private Socket Open(HttpTarget target)
    {
        string host = target.Host.Trim('[', ']');
        SocketException? last = null;
        foreach (System.Net.IPAddress address in System.Net.Dns.GetHostAddresses(host))
        {
            lifetime.ThrowIfStopping();
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
            try
            {
                ConnectWithin(socket, new System.Net.IPEndPoint(address, target.Port));
                socket.Blocking = true;
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch (StoppedException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private void ConnectWithin(Socket socket, System.Net.IPEndPoint address)
    {
        try
        {
            socket.Connect(address);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            if (!lifetime.WaitFor((int)socket.Handle, Libc.PollOut, (int)connectLimit.TotalMilliseconds))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            // Asks for the outcome: a refused connection shows only here.
            int error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if (error != 0)
            {
                throw new SocketException(error);
            }
        }
    }

    /// <summary>Goes on with TLS on a connected channel. <paramref name="authorityFile"/> names who may have issued the server's certificate; null trusts the system's authorities.</summary>
    /// <exception cref="TransportException">The server's certificate is not trusted, the authorities cannot be read, or the handshake failed.</exception>
    public static IByteChannel Secure(IByteChannel channel, HttpTarget target, string? authorityFile)
    {
        var tls = new SslStream(new ChannelStream(channel));
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = target.Host.Trim('[', ']'),
                CertificateChainPolicy = authorityFile is null ? null : Trusting(authorityFile),
            });
            return new StreamChannel(tls);
        }
        catch (Exception e)
        {
            tls.Dispose();
            if (e is AuthenticationException or IOException and not TransportException)
            {
                string trusted = authorityFile is null ? "" : $"; trusted is what '{authorityFile}' holds";
                throw new TransportException($"No TLS with {target.HostHeader} ({e.Message}{trusted}).", e);
            }

            throw;
        }
    }

    private static X509ChainPolicy Trusting(string authorityFile)
    {
        // No revocation list of a private authority can be asked for from within a pod.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new TransportException($"The authorities '{authorityFile}' cannot be read ({e.Message}).", e);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new TransportException($"The file '{authorityFile}' has no certificate.");
    }
}
