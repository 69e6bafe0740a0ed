using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>A server of bare connections: each is served by what the test says, byte by byte, so that it may be as broken as networks are.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly Func<Stream, int, CancellationToken, Task> _serve;
    private readonly List<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;
    private int _count;

    private RawServer(Func<Stream, int, CancellationToken, Task> serve, X509Certificate2? certificate)
    {
        _serve = serve;
        _certificate = certificate;
    }

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections that came so far.</summary>
    public int Connections => Volatile.Read(ref _count);

    /// <param name="serve">Stream, number of the connection from 1 on, and a token for the end of the test.</param>
    /// <param name="certificate">For TLS; HTTP/2 is then offered by ALPN.</param>
    public static RawServer Start(Func<Stream, int, CancellationToken, Task> serve, X509Certificate2? certificate = null)
    {
        RawServer server = new(serve, certificate);
        server._listener.Start();
        server._accepting = server.AcceptAsync();
        return server;
    }

    /// <summary>Reads a request's head (a small body stays in the stream); null at the end of the connection.</summary>
    public static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0)
        {
            head.Append((char)one[0]);
            if (head.Length > 3 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }

    public static Task WriteAsync(Stream stream, string text, CancellationToken cancellationToken) => stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).AsTask();

    /// <summary>A whole JSON answer.</summary>
    public static string Answer(string json, string status = "200 OK", string more = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n{more}\r\n{json}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Task[] open;
        lock (_connections)
        {
            open = [.. _connections];
        }

        await Task.WhenAll(open);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                lock (_connections)
                {
                    _connections.Add(ServeAsync(connection, Interlocked.Increment(ref _count)));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient connection, int number)
    {
        using TcpClient owned = connection;
        try
        {
            Stream stream = connection.GetStream();
            if (_certificate is not null)
            {
                SslStream tls = new(stream);
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, _stop.Token);
                stream = tls;
            }

            await using (stream)
            {
                await _serve(stream, number, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or the test is over.
        }
    }
}
