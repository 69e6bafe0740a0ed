using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Sympozium.Gateway.Hosting;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>Sends model calls to providers and tries again while nothing of an answer has arrived.</summary>
internal sealed partial class ProviderClient : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;
    private readonly BrokerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ProviderClient> _logger;

    public ProviderClient(BrokerOptions options, TimeProvider time, ILogger<ProviderClient> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            EnableMultipleHttp2Connections = true,
            UseCookies = false,

            // A redirect would carry the key to a place that nobody configured.
            AllowAutoRedirect = false,

            // The broker's own span is the client's; see Request.
            ActivityHeadersPropagator = null,
        };
        _http = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends <paramref name="body"/> until an answer begins.</summary>
    /// <exception cref="ApiException">No try succeeded.</exception>
    public async Task<ProviderAnswer> SendAsync(ProviderTarget target, ReadOnlyMemory<byte> body, CancellationToken agentLeft)
    {
        for (int attempt = 1; ; attempt++)
        {
            (ProviderAnswer? answer, ProviderFailure? failure) = await TryAsync(target, body, agentLeft);
            if (answer is not null)
            {
                return answer;
            }

            if (!failure!.Retry || attempt >= _options.MaxAttempts || failure.Wait > _options.MaxRetryAfter)
            {
                throw failure.Error;
            }

            TimeSpan delay = failure.Wait ?? Backoff(attempt);
            LogRetry(target.Route.Provider, failure.Error.Status, attempt, delay.TotalMilliseconds);
            await Task.Delay(delay, _time, agentLeft);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private async Task<(ProviderAnswer? Answer, ProviderFailure? Failure)> TryAsync(ProviderTarget target, ReadOnlyMemory<byte> body, CancellationToken agentLeft)
    {
        CallLimit? limit = new(_options.FirstByteTimeout, _time, agentLeft);
        HttpResponseMessage? response = null;
        LineReader? reader = null;
        try
        {
            using HttpRequestMessage request = Request(target, body);
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            reader = new LineReader(await response.Content.ReadAsStreamAsync(limit.Token), _options.MaxLineBytes);
            if (!response.IsSuccessStatusCode)
            {
                return (null, ProviderErrors.FromStatus(target, response, await ReadErrorAsync(reader, limit.Token), _time.GetUtcNow()));
            }

            if (!await reader.FillAsync(limit.Token))
            {
                return (null, ProviderErrors.Empty(target));
            }

            var answer = new ProviderAnswer(target, response, reader, limit, _options, agentLeft);
            (response, reader, limit) = (null, null, null);
            return (answer, null);
        }
        catch (OperationCanceledException late) when (!agentLeft.IsCancellationRequested)
        {
            return limit!.IsOver
                ? (null, ProviderErrors.FirstByteTimeout(target, _options.FirstByteTimeout, late))
                : (null, ProviderErrors.Unreachable(target, late));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            agentLeft.ThrowIfCancellationRequested();
            return (null, ProviderErrors.Unreachable(target, broken));
        }
        finally
        {
            response?.Dispose();
            reader?.Dispose();
            limit?.Dispose();
        }
    }

    private static HttpRequestMessage Request(ProviderTarget target, ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, target.Endpoint)
        {
            Content = content,
            Version = target.Endpoint.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (target.Known.Dialect == ProviderDialect.Anthropic)
        {
            request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
            request.Headers.TryAddWithoutValidation("x-api-key", target.Key);
        }
        else if (target.Key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {target.Key}");
        }

        // A model server of one's own continues the trace; ids tell nothing to others.
        if (Activity.Current is { Recorded: true, Id: { } traceParent } span && span.Source == GatewayTelemetry.Source)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        foreach ((string name, string value) in target.Route.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadErrorAsync(LineReader reader, CancellationToken cancellationToken)
    {
        while (reader.Rest.Length < MaxErrorBytes && await reader.FillAsync(cancellationToken))
        {
        }

        // The reader's buffer goes back to its pool with the failed try.
        return reader.Rest.ToArray();
    }

    private TimeSpan Backoff(int attempt)
    {
        double chosen = Math.Min(_options.RetryBaseDelay.TotalMilliseconds * Math.Pow(2, attempt - 1), _options.RetryMaxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(chosen * (1 + (Random.Shared.NextDouble() / 2)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Provider {Provider} failed with {Status} at try {Attempt}; next try in {DelayMs} ms")]
    private partial void LogRetry(string provider, int status, int attempt, double delayMs);
}
