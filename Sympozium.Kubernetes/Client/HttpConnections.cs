using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sympozium.Kubernetes.Client.Credentials;
using Sympozium.Kubernetes.Client.Tls;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// The connections that were made with one client certificate. Requests share HTTP/2 connections, as many as the load needs; each watch and each
/// followed log has an HTTP/1.1 connection of its own, so that a full stream cannot hold up a request. Dead connections are noticed by
/// pings (HTTP/2) and by TCP keep-alive (HTTP/1.1).
/// </summary>
internal sealed class HttpConnections : IDisposable
{
    private readonly SocketsHttpHandler _requests;
    private readonly SocketsHttpHandler _streams;
    private int _users = 1;

    public HttpConnections(ClusterConnection connection, KubernetesClientOptions options, ClientCertificate? certificate)
    {
        Certificate = certificate;
        _requests = CreateHandler(connection, options, certificate);
        _requests.EnableMultipleHttp2Connections = true;
        _requests.KeepAlivePingDelay = options.PingDelay;
        _requests.KeepAlivePingTimeout = options.PingTimeout;
        _requests.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always;
        _streams = CreateHandler(connection, options, certificate);
        Requests = new HttpMessageInvoker(_requests, disposeHandler: false);
        Streams = new HttpMessageInvoker(_streams, disposeHandler: false);
    }

    public ClientCertificate? Certificate { get; }

    public HttpMessageInvoker Requests { get; }

    public HttpMessageInvoker Streams { get; }

    /// <summary>Keeps the connections open while a request is sent over them. Only the owner may call it, before it gives them up.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>Ends a use.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            // Streams that are open are not cut: a handler closes the connections in use when they come back.
            Requests.Dispose();
            Streams.Dispose();
            _requests.Dispose();
            _streams.Dispose();
        }
    }

    /// <summary>Gives up the owner's share: closes as soon as no request is being sent.</summary>
    public void Dispose() => Leave();

    private static SocketsHttpHandler CreateHandler(ClusterConnection connection, KubernetesClientOptions options, ClientCertificate? certificate)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectTimeout = options.ConnectTimeout,
            AutomaticDecompression = connection.DisableCompression ? DecompressionMethods.None : DecompressionMethods.GZip,
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            // Traces are propagated by annotations of the resources, not by headers to the API server.
            ActivityHeadersPropagator = null,
            UseProxy = connection.Proxy is not null || !connection.Server.IsLoopback,
            Proxy = connection.Proxy is { } proxy ? new WebProxy(proxy) : null,
            ConnectCallback = (context, cancellationToken) => DialAsync(context.DnsEndPoint, options, cancellationToken),
        };
        string host = connection.TlsServerName ?? connection.Server.IdnHost;
        ITrustSource? trust = connection.Trust;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
            connection.SkipTlsVerify || ServerVerification.Verify(trust, host, shown, chain, errors);
        if (trust is not null)
        {
            // The decision is the callback's, which looks the authorities up anew; this only keeps the platform from downloading certificates.
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
        }

        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificateContext = certificate.Context;
        }

        return handler;
    }

    private static async ValueTask<Stream> DialAsync(DnsEndPoint endpoint, KubernetesClientOptions options, CancellationToken cancellationToken)
    {
        Socket? socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Math.Max(1, options.PingDelay.TotalSeconds));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)Math.Max(1, options.PingTimeout.TotalSeconds / 3));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(endpoint, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            socket = null;
            return stream;
        }
        finally
        {
            socket?.Dispose();
        }
    }
}
