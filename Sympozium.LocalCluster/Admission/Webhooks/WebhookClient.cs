using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>
/// Calls webhooks over TLS. Connections are kept for each target; a call ends with its timeout whatever the other side does, and what
/// went wrong is worded as Kubernetes words it.
/// </summary>
internal sealed class WebhookClient(ServiceAddresses services, TimeProvider time) : IDisposable
{
    private const int MostAnswerBytes = 3 << 20;
    private const int MostHandlers = 64;
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestConnection = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Host, string Authorities), WebhookTrust> _trusts = new();

    /// <exception cref="WebhookCallException">No connection, no trust, no time, or no JSON.</exception>
    public async Task<JsonNode?> CallAsync(WebhookTarget target, JsonObject review, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Uri named = Named(target, timeout);
        try
        {
            Uri url = target.Service is { } service ? services.Find(service, named) : named;
            using HttpRequestMessage message = new(HttpMethod.Post, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(review.ToJsonString(JsonText.Relaxed))) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            message.Headers.UserAgent.ParseAdd("kube-apiserver-admission");
            message.Headers.Host = named.Authority;
            using HttpResponseMessage answer = await Trust(named.Host, target.Authorities).Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            byte[] body = await ReadAsync(answer, either.Token);
            return answer.IsSuccessStatusCode ? Parse(body) : throw new WebhookCallException($"failed to call webhook: {Refusal(answer.StatusCode, body)}");
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(named, "context deadline exceeded", exception);
        }
        catch (HttpRequestException exception)
        {
            throw Failed(named, Why(exception, named), exception);
        }
        catch (IOException exception)
        {
            throw Failed(named, "unexpected EOF", exception);
        }
        catch (ServiceUnavailableException exception)
        {
            throw Failed(named, exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (WebhookTrust trust in _trusts.Values)
        {
            trust.Dispose();
        }

        _trusts.Clear();
    }

    private static WebhookCallException Failed(Uri url, string why, Exception exception) => new($"failed to call webhook: Post \"{Shown(url)}\": {why}", exception);

    /// <summary>Kubernetes writes a service's port even where it is the usual one, which <see cref="Uri"/> leaves out.</summary>
    private static string Shown(Uri url) => url.IsDefaultPort && url.Host.EndsWith(".svc", StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"{url.Scheme}://{url.Host}:{url.Port}{url.PathAndQuery}")
        : url.ToString();

    /// <summary>The address as messages and the Host header have it: a service by its name, with the timeout as the query.</summary>
    private static Uri Named(WebhookTarget target, TimeSpan timeout)
    {
        Uri address = target.Url ?? new Uri($"https://{target.Service!.Host}:{target.Service.Port.ToString(CultureInfo.InvariantCulture)}{target.Service.Path}");
        return new Uri($"{address.GetLeftPart(UriPartial.Path)}?timeout={((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s");
    }

    private WebhookTrust Trust(string host, string authorities)
    {
        if (_trusts.TryGetValue((host, authorities), out WebhookTrust? known))
        {
            return known;
        }

        // Configurations come and go. What is forgotten here is made again when it is needed; calls that run end undisturbed, and idle
        // connections close by themselves.
        if (_trusts.Count >= MostHandlers && _trusts.Keys.FirstOrDefault() is { Host: not null } oldest)
        {
            _trusts.TryRemove(oldest, out _);
        }

        WebhookTrust made = new(host, authorities, LongestIdle, LongestConnection);
        WebhookTrust kept = _trusts.GetOrAdd((host, authorities), made);
        if (!ReferenceEquals(kept, made))
        {
            made.Dispose();
        }

        return kept;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using MemoryStream body = new();
        byte[] buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and int count)
        {
            await body.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            if (body.Length > MostAnswerBytes)
            {
                throw new WebhookCallException($"failed to call webhook: the answer is longer than {MostAnswerBytes} bytes");
            }
        }

        return body.ToArray();
    }

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException exception)
        {
            int at = (int)(exception.BytePositionInLine ?? 0);
            string why = at < body.Length ? $"invalid character {Quoted(body[at])} looking for beginning of value" : "unexpected end of JSON input";
            throw new WebhookCallException($"failed to call webhook: couldn't get version/kind; json parse error: {why}", exception);
        }
    }

    private static string Quoted(byte letter) => letter is >= 0x20 and < 0x7f ? $"'{(char)letter}'" : $"'\\x{letter:x2}'";

    private static string Refusal(HttpStatusCode code, byte[] body)
    {
        string said = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 1024))).Trim();
        return code switch
        {
            HttpStatusCode.NotFound => "the server could not find the requested resource",
            HttpStatusCode.Unauthorized => "the server has asked for the client to provide credentials",
            HttpStatusCode.Forbidden => said.Length == 0 ? "unknown" : said,
            HttpStatusCode.MethodNotAllowed => "the server does not allow this method on the requested resource",
            HttpStatusCode.BadRequest => "the server rejected our request for an unknown reason",
            HttpStatusCode.TooManyRequests => "the server has received too many requests and has asked us to try again later",
            HttpStatusCode.ServiceUnavailable => "the server is currently unable to handle the request",
            HttpStatusCode.GatewayTimeout => "the server was unable to return a response in the time allotted, but may still be processing the request",
            >= HttpStatusCode.InternalServerError => $"an error on the server ({GoJson.Quote(said)}) has prevented the request from succeeding",
            _ => $"the server responded with the status code {(int)code} but did not return more information",
        };
    }

    private static string Why(HttpRequestException exception, Uri url)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case WebhookTrust.UntrustedException untrusted:
                    return untrusted.Message;
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return $"dial tcp {url.Host}:{url.Port.ToString(CultureInfo.InvariantCulture)}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return $"dial tcp: lookup {url.Host}: no such host";
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return "read: connection reset by peer";
            }
        }

        return exception.InnerException is AuthenticationException ? "tls: first record does not look like a TLS handshake" : "EOF";
    }
}
