using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client.Credentials;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// HTTP to one API server: credentials, the client's own rate, what may be sent again and when, errors as <see cref="KubernetesException"/>.
/// Sent again are: anything that the server refused with 429, or with 5xx and Retry-After, since it did not process it; anything that it refused
/// with 401 when there are other credentials by now, once; and reads whose connection broke.
/// </summary>
internal sealed class KubernetesTransport : IDisposable
{
    private static readonly TimeSpan DefaultRetryWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstReconnectWait = TimeSpan.FromMilliseconds(50);

    private readonly ClusterConnection _connection;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly RequestThrottle _throttle;
    private readonly string _basePath;

    /// <summary>Guards the replacement of <see cref="_connections"/>.</summary>
    private readonly Lock _lock = new();

    private HttpConnections? _connections;
    private bool _disposed;

    public KubernetesTransport(ClusterConnection connection, KubernetesClientOptions options, TimeProvider time)
    {
        _connection = connection;
        _options = options;
        _time = time;
        _throttle = new RequestThrottle(options.RequestsPerSecond, options.Burst, time);
        _basePath = connection.Server.AbsolutePath.TrimEnd('/');
        Health = new ApiHealth(time);
    }

    /// <summary>Whether the server answers.</summary>
    public ApiHealth Health { get; }

    /// <summary>Sends and reads a whole answer with <paramref name="read"/>; both within the request's time.</summary>
    public Task<T> SendAsync<T>(KubernetesRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        RetryAsync(request, stream: false, async (response, stop) =>
        {
            using (response)
            {
                return await read(response, stop);
            }
        }, cancellationToken);

    /// <summary>Sends and returns a successful answer whose body is not read yet; the caller disposes it. On a connection of its own.</summary>
    public Task<HttpResponseMessage> OpenAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        RetryAsync(request, stream: true, static (response, _) => Task.FromResult(response), cancellationToken);

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _connections?.Dispose();
            _connections = null;
        }
    }

    private async Task<T> RetryAsync<T>(KubernetesRequest request, bool stream, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        bool refused = false;
        for (int attempt = 0; ; attempt++)
        {
            await _throttle.WaitAsync(cancellationToken);
            ClusterCredential credential = await CredentialAsync(cancellationToken);
            KubernetesException error;
            try
            {
                return await SendOnceAsync(request, credential, stream, read, cancellationToken);
            }
            catch (KubernetesException e)
            {
                error = e;
            }

            if (error.Code == HttpStatusCode.Unauthorized && !refused)
            {
                refused = true;
                _connection.Credentials.Refuse(credential);
                if (await CredentialAsync(cancellationToken) != credential)
                {
                    continue;
                }
            }

            await PauseAsync(request, error, attempt, cancellationToken);
        }
    }

    /// <summary>Waits until the request may be sent again; throws the error when it may not.</summary>
    private async Task PauseAsync(KubernetesRequest request, KubernetesException error, int attempt, CancellationToken cancellationToken)
    {
        if (attempt >= _options.MaxRetries)
        {
            throw error;
        }

        if (error.AsksForRetry)
        {
            TimeSpan wait = error.RetryAfter ?? DefaultRetryWait;
            if (wait > _options.MaxRetryWait)
            {
                throw error;
            }

            _throttle.Pause(wait);
        }
        else if (error.ConnectionBroke && request.Method == HttpMethod.Get)
        {
            await Task.Delay(FirstReconnectWait * (1 << Math.Min(attempt, 5)), _time, cancellationToken);
        }
        else
        {
            throw error;
        }
    }

    private async Task<T> SendOnceAsync<T>(
        KubernetesRequest request, ClusterCredential credential, bool stream, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = CreateMessage(request, credential, stream);
        using CancellationTokenSource timeout = new(_options.RequestTimeout, _time);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        HttpConnections connections = Enter(credential.Certificate);
        try
        {
            HttpResponseMessage response = await (stream ? connections.Streams : connections.Requests).SendAsync(message, stop.Token);
            if (response.IsSuccessStatusCode)
            {
                T answer = await read(response, stop.Token);
                Health.Answered();
                return answer;
            }

            using (response)
            {
                KubernetesException error = await StatusErrors.FromResponseAsync(response, _time, stop.Token);
                Note(error);
                throw error;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            KubernetesException error = StatusErrors.TimedOut(_connection, _options.RequestTimeout);
            Health.Failed(error.Message);
            throw error;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            KubernetesException error = StatusErrors.Unreachable(_connection, e);
            Health.Failed(error.Message);
            throw error;
        }
        finally
        {
            connections.Leave();
        }
    }

    /// <summary>A proxy that says that nobody is behind it is no answer of the API server.</summary>
    private void Note(KubernetesException error)
    {
        if (error.FromServer)
        {
            Health.Answered();
        }
        else
        {
            Health.Failed(error.Message);
        }
    }

    private async ValueTask<ClusterCredential> CredentialAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.Credentials.GetAsync(cancellationToken);
        }
        catch (CredentialException e)
        {
            throw new KubernetesException(HttpStatusCode.Unauthorized, StatusReasons.Unauthorized, $"cannot authenticate to the Kubernetes API at {_connection}: {e.Message}", inner: e);
        }
    }

    /// <summary>The connections for a client certificate, held open until <see cref="HttpConnections.Leave"/>. Another certificate makes new ones.</summary>
    private HttpConnections Enter(ClientCertificate? certificate)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(KubernetesClient));
            if (_connections is null || _connections.Certificate != certificate)
            {
                _connections?.Dispose();
                _connections = new HttpConnections(_connection, _options, certificate);
            }

            _connections.Enter();
            return _connections;
        }
    }

    private HttpRequestMessage CreateMessage(KubernetesRequest request, ClusterCredential credential, bool stream)
    {
        HttpRequestMessage message = new(request.Method, new Uri(_connection.Server, _basePath + request.PathAndQuery))
        {
            Version = stream ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        HttpRequestHeaders headers = message.Headers;
        headers.TryAddWithoutValidation("Accept", request.Accept);
        headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (_connection.TlsServerName is { } name)
        {
            // The handler takes the name that it sends and verifies from here.
            headers.Host = name;
        }

        if (credential.Token is { } token)
        {
            headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach ((string header, string value) in _connection.Impersonation?.Headers() ?? [])
        {
            headers.TryAddWithoutValidation(header, value);
        }

        if (request.Body is { } body)
        {
            message.Content = Content(body, request.ContentType);
        }

        return message;
    }

    private static ByteArrayContent Content(JsonNode body, string contentType)
    {
        var content = new ByteArrayContent(JsonText.Write(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return content;
    }
}
