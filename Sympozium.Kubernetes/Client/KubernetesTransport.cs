using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// HTTP to one API server: TLS, credentials, retries that the server asks for, errors as <see cref="KubernetesException"/>.
/// HTTP/1.1 on purpose: each watch then has a connection of its own and cannot starve requests.
/// </summary>
internal sealed class KubernetesTransport : IDisposable
{
    private static readonly TimeSpan DefaultRetryWait = TimeSpan.FromSeconds(1);
    private readonly ClusterConnection _connection;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;
    private readonly string _basePath;

    public KubernetesTransport(ClusterConnection connection, KubernetesClientOptions options, TimeProvider time)
    {
        _connection = connection;
        _options = options;
        _time = time;
        _basePath = connection.Server.AbsolutePath.TrimEnd('/');
        _handler = CreateHandler(connection, options);
        _http = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends and returns a successful answer whose body is not read yet; the caller disposes it.</summary>
    public async Task<HttpResponseMessage> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            HttpResponseMessage response = await SendOnceAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using (response)
            {
                KubernetesException error = await StatusErrors.FromResponseAsync(response, _time, cancellationToken);
                if (attempt >= _options.MaxRetries || RetryWait(response, error) is not { } wait)
                {
                    throw error;
                }
                await Task.Delay(wait, _time, cancellationToken);
            }
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    // The server did not process the request when it answers 429, or 5xx with Retry-After: any method may be sent again.
    private TimeSpan? RetryWait(HttpResponseMessage response, KubernetesException error)
    {
        bool asked = response.StatusCode == HttpStatusCode.TooManyRequests
            || ((int)response.StatusCode >= 500 && response.Headers.RetryAfter is not null);
        TimeSpan wait = error.RetryAfter ?? DefaultRetryWait;
        return asked && wait <= _options.MaxRetryWait ? wait : null;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = await CreateMessageAsync(request, cancellationToken);
        using CancellationTokenSource timeout = new(_options.RequestTimeout, _time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw StatusErrors.TimedOut(_connection, _options.RequestTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw StatusErrors.Unreachable(_connection, e);
        }
    }

    private async ValueTask<HttpRequestMessage> CreateMessageAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        string? token = _connection.Token is { } source ? await source.GetAsync(cancellationToken) : null;
        HttpRequestMessage message = new(request.Method, new Uri(_connection.Server, _basePath + request.PathAndQuery));
        message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (_connection.TlsServerName is { } name)
        {
            message.Headers.Host = name;
        }
        if (token is { Length: > 0 })
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        else if (_connection.BasicCredentials is { } basic)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        }
        if (request.Body is { } body)
        {
            ByteArrayContent content = new(Encode(body));
            content.Headers.ContentType = new MediaTypeHeaderValue(request.ContentType);
            message.Content = content;
        }
        return message;
    }

    private static byte[] Encode(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    private static SocketsHttpHandler CreateHandler(ClusterConnection connection, KubernetesClientOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectTimeout = options.ConnectTimeout,
            AutomaticDecompression = DecompressionMethods.GZip,
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            // Traces are propagated by annotations of the resources, not by headers to the API server.
            ActivityHeadersPropagator = null,
            UseProxy = connection.Proxy is not null || !connection.Server.IsLoopback,
            Proxy = connection.Proxy is { } proxy ? new WebProxy(proxy) : null,
        };
        SslClientAuthenticationOptions tls = handler.SslOptions;
        if (connection.SkipTlsVerify)
        {
            // The kubeconfig asks for it by name (insecure-skip-tls-verify).
#pragma warning disable CA5359 // asked for by insecure-skip-tls-verify
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (connection.CertificateAuthorities is { } authorities)
        {
            X509ChainPolicy policy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(authorities);
            tls.CertificateChainPolicy = policy;
        }
        if (connection.ClientCertificate is { } certificate)
        {
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }
        return handler;
    }
}
