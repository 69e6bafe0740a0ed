using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Streaming.Spdy;

namespace Sympozium.LocalCluster.Server.Streaming;

/// <summary>
/// Forwards connections to ports of a pod: SPDY/3.1 inside a WebSocket, as kubectl speaks since 1.31. For each connection the client opens a
/// stream for errors and one for data, which carry the same <c>requestid</c>.
/// </summary>
internal sealed partial class PortForwardEndpoint(ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodSessions> sessions, ILogger logger)
{
    private const string Protocol = "SPDY/3.1+portforward.k8s.io";
    private const int BufferBytes = 32 << 10;

    public async Task HandleAsync(ApiRequest request)
    {
        string ns = request.Path.Namespace!;
        string pod = request.Path.Name!;
        verbs.Reader.Get(request.Kind, ns, pod);
        string protocol = Upgrades.Choose(request.Context, [Protocol]);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, lifetime.Stopping);
        using WebSocket socket = await Upgrades.AcceptAsync(request.Context, protocol);
        await using var transport = new WebSocketBytes(socket);
        using var connection = new SpdyConnection(transport);
        var waiting = new Dictionary<string, SpdyStream>(StringComparer.Ordinal);
        var forwards = new ConcurrentDictionary<Task, byte>();
        try
        {
            await connection.RunAsync(Opened, end.Token);
        }
        catch (Exception over) when (over is OperationCanceledException or WebSocketException or InvalidDataException)
        {
            LogEnded(logger, ns, pod, over.Message);
        }

        await end.CancelAsync();
        await Task.WhenAll(forwards.Keys);

        void Opened(SpdyStream stream)
        {
            string key = stream.Headers.GetValueOrDefault("requestid") ?? stream.Headers.GetValueOrDefault("port") ?? "";
            if (!waiting.Remove(key, out SpdyStream? other))
            {
                waiting[key] = stream;
                return;
            }

            bool isData = stream.Headers.GetValueOrDefault("streamtype") == "data";
            Task forward = ForwardAsync(ns, pod, connection, isData ? stream : other, isData ? other : stream, end.Token);
            forwards[forward] = 0;
            forward.ContinueWith(done => forwards.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task ForwardAsync(string ns, string pod, SpdyConnection connection, SpdyStream data, SpdyStream errors, CancellationToken cancellationToken)
    {
        string? failure = null;
        try
        {
            failure = await ForwardAsync(ns, pod, data, cancellationToken);
            await errors.SendAsync(Encoding.UTF8.GetBytes(failure ?? ""), fin: true, cancellationToken);
            await data.SendAsync(default, fin: true, cancellationToken);
        }
        catch (Exception over) when (over is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            LogEnded(logger, ns, pod, failure ?? over.Message);
        }
        finally
        {
            connection.Forget(data.Id);
            connection.Forget(errors.Id);
        }
    }

    /// <summary>Carries one connection; the reason when it could not be made.</summary>
    private async Task<string?> ForwardAsync(string ns, string pod, SpdyStream data, CancellationToken cancellationToken)
    {
        string port = data.Headers.GetValueOrDefault("port") ?? "";
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0)
        {
            return $"unable to parse port \"{port}\"";
        }

        Stream target;
        try
        {
            target = await sessions().ConnectAsync(ns, pod, number, cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or KubernetesException)
        {
            return $"error forwarding port {number} to pod {pod}: {refused.Message}";
        }

        await using (target)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task up = UploadAsync(data, target, over.Token);
            await DownloadAsync(target, data, cancellationToken);
            await over.CancelAsync();
            await up;
            return null;
        }
    }

    private static async Task UploadAsync(SpdyStream data, Stream target, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> part in data.Received.ReadAllAsync(cancellationToken))
            {
                await target.WriteAsync(part, cancellationToken);
            }

            if (target is System.Net.Sockets.NetworkStream network)
            {
                network.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            }
        }
        catch (Exception over) when (over is IOException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // The other direction tells the client of the end.
            return;
        }
    }

    private static async Task DownloadAsync(Stream target, SpdyStream data, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            int count;
            try
            {
                count = await target.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException)
            {
                // Reset by the pod: the same as its end for whoever reads.
                return;
            }

            if (count == 0)
            {
                return;
            }

            await data.SendAsync(buffer.AsMemory(0, count), fin: false, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Forwarding to pod {Namespace}/{Pod} ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string @namespace, string pod, string reason);
}
