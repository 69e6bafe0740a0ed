using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>
/// Asks <c>grpc.health.v1.Health/Check</c> of a container over HTTP/2 without TLS, as the kubelet does
/// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). The two messages have one field each, so they are written by hand.
/// </summary>
internal sealed class GrpcAction(ContainerProcess process, string address, GrpcProbe probe)
{
    private const int PrefixBytes = 5;
    private const byte ServiceField = 0x0A;
    private const byte StatusField = 0x08;
    private const int Serving = 1;
    private const int Unimplemented = 12;

    private static readonly string[] Statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    private bool _isConnected;

    /// <summary>What a probe that took too long says.</summary>
    public string Timeout(int seconds) => _isConnected
        ? string.Create(CultureInfo.InvariantCulture, $"timeout: health rpc did not complete within {seconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"timeout: failed to connect service \"{address}:{probe.Port}\" within {seconds}s: context deadline exceeded");

    public async Task<HandlerResult> RunAsync(CancellationToken cancellationToken)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false, ConnectCallback = ConnectAsync };
        using HttpMessageInvoker client = new(handler);
        using HttpRequestMessage request = new(HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"http://{address}:{probe.Port}/grpc.health.v1.Health/Check"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Request(probe.Service ?? "")),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return Read(response, body);
        }
        catch (HttpRequestException failed) when (failed.InnerException is SocketException && !_isConnected)
        {
            // The kubelet's client goes on trying to connect for as long as the probe may take.
            await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw;
        }
        catch (HttpRequestException failed)
        {
            return HandlerResult.Failure($"error: health rpc probe failed: {failed.Message}");
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = await ContainerNetwork.ConnectAsync(process, context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
        _isConnected = true;
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A message is its length behind a flag that says it is not compressed.</summary>
    private static byte[] Request(string service)
    {
        byte[] name = Encoding.UTF8.GetBytes(service);
        List<byte> message = [];
        if (name.Length > 0)
        {
            message.Add(ServiceField);
            for (int rest = name.Length; ; rest >>= 7)
            {
                message.Add((byte)(rest > 0x7F ? (rest & 0x7F) | 0x80 : rest));
                if (rest <= 0x7F)
                {
                    break;
                }
            }

            message.AddRange(name);
        }

        byte[] framed = new byte[PrefixBytes + message.Count];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Count);
        message.CopyTo(framed, PrefixBytes);
        return framed;
    }

    private static HandlerResult Read(HttpResponseMessage response, byte[] body)
    {
        string? code = Header(response, "grpc-status");
        if (response.StatusCode != HttpStatusCode.OK || code is not (null or "0"))
        {
            string why = Header(response, "grpc-message") is { } text ? Uri.UnescapeDataString(text) : $"HTTP status {(int)response.StatusCode}";
            return HandlerResult.Failure(code == Unimplemented.ToString(CultureInfo.InvariantCulture)
                ? $"error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {why}"
                : $"error: health rpc probe failed: rpc error: code = {code ?? "Unknown"} desc = {why}");
        }

        int status = body.Length > PrefixBytes + 1 && body[PrefixBytes] == StatusField ? body[PrefixBytes + 1] : 0;
        return status == Serving
            ? HandlerResult.Success
            : HandlerResult.Failure($"service unhealthy (responded with \"{(status < Statuses.Length ? Statuses[status] : Statuses[0])}\")");
    }

    /// <summary>A status stands behind the messages, or in the head of an answer that has none.</summary>
    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? trailing) ? trailing.First()
        : response.Headers.TryGetValues(name, out IEnumerable<string>? leading) ? leading.First()
        : null;
}
