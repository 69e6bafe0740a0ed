using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>A request to a container, on a connection of its own; certificates are not checked, as the kubelet does not.</summary>
internal sealed class HttpAction(ContainerProcess process, string address, int port, HttpGetAction action)
{
    private const string UserAgent = "kube-probe/1.36";
    private const int FirstFailure = 400;

    public async Task<HandlerResult> RunAsync(CancellationToken cancellationToken)
    {
        string host = string.IsNullOrEmpty(action.Host) ? address : action.Host;
        string scheme = action.Scheme.Equals("HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        string url = string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}{(action.Path.StartsWith('/') ? "" : "/")}{action.Path}");
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = async (context, cancel) =>
                new NetworkStream(await ContainerNetwork.ConnectAsync(process, context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel), ownsSocket: true),

            // The kubelet does not check whose certificates containers have either; they are mostly self-made.
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        foreach (HttpHeaderValue header in action.HttpHeaders)
        {
            request.Headers.Remove(header.Name);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);

            // A redirect is an answer too: whoever sends it is alive.
            return response.StatusCode is >= HttpStatusCode.OK and < (HttpStatusCode)FirstFailure
                ? HandlerResult.Success
                : HandlerResult.Failure(string.Create(CultureInfo.InvariantCulture, $"HTTP probe failed with statuscode: {(int)response.StatusCode}"));
        }
        catch (HttpRequestException failed)
        {
            string why = failed.InnerException is SocketException socket
                ? string.Create(CultureInfo.InvariantCulture, $"dial tcp {host}:{port}: connect: {socket.Message.ToLowerInvariant()}")
                : failed.Message;
            return HandlerResult.Failure($"Get \"{url}\": {why}");
        }
    }
}
