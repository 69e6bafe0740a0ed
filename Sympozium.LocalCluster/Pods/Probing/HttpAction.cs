using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>A request to a container, on a connection of its own; certificates are not checked, as the kubelet does not.</summary>
internal sealed class HttpAction(ContainerProcess process, string address, int port, HttpGetAction action)
{
    private const string UserAgent = "kube-probe/1.36";
    private const int FirstFailure = 400;
    private const int MostRedirects = 10;
    private const int MostBodyBytes = 10 << 10;

    /// <summary>Where the request goes.</summary>
    public static Uri Address(HttpGetAction action, string address, int port)
    {
        string host = string.IsNullOrEmpty(action.Host) ? address : action.Host;
        string scheme = action.Scheme.Equals("HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}{(action.Path.StartsWith('/') ? "" : "/")}{action.Path}"));
    }

    public async Task<HandlerResult> RunAsync(CancellationToken cancellationToken)
    {
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
        Uri first = Address(action, address, port);
        Uri url = first;
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                using HttpRequestMessage request = Request(url);
                using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
                if (response.StatusCode is < HttpStatusCode.OK or >= (HttpStatusCode)FirstFailure)
                {
                    return HandlerResult.Failure(string.Create(CultureInfo.InvariantCulture, $"HTTP probe failed with statuscode: {(int)response.StatusCode}"));
                }

                if (response.StatusCode < HttpStatusCode.MultipleChoices)
                {
                    return HandlerResult.Success;
                }

                // A redirect on the same host is followed; one that leads elsewhere is an answer too.
                Uri? next = response.Headers.Location is { } location ? new Uri(url, location) : null;
                if (next is null || next.Host != first.Host)
                {
                    return HandlerResult.Warned($"Probe terminated redirects, Response body: {await BodyAsync(response, cancellationToken)}");
                }

                if (redirects == MostRedirects)
                {
                    return HandlerResult.Failure($"Get \"{next}\": stopped after {MostRedirects} redirects");
                }

                url = next;
            }
        }
        catch (HttpRequestException failed)
        {
            string why = failed.InnerException is SocketException socket
                ? string.Create(CultureInfo.InvariantCulture, $"dial tcp {url.Host}:{url.Port}: connect: {socket.Message.ToLowerInvariant()}")
                : failed.Message;
            return HandlerResult.Failure($"Get \"{url.OriginalString}\": {why}");
        }
    }

    private HttpRequestMessage Request(Uri url)
    {
        HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        foreach (HttpHeaderValue header in action.HttpHeaders)
        {
            request.Headers.Remove(header.Name);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return request;
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] kept = new byte[MostBodyBytes];
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return Encoding.UTF8.GetString(kept, 0, await body.ReadAtLeastAsync(kept, kept.Length, throwOnEndOfStream: false, cancellationToken));
    }
}
