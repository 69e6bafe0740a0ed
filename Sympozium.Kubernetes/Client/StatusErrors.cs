using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <summary>Turns what is not a success (a <c>Status</c> body, any other body, a broken connection) into <see cref="KubernetesException"/>.</summary>
internal static class StatusErrors
{
    private const int MaxBodyCharacters = 64 * 1024;
    private const int MaxQuotedCharacters = 500;

    public static async Task<KubernetesException> FromResponseAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        string body = await ReadBodyAsync(response, cancellationToken);
        TimeSpan? retryAfter = RetryAfter(response.Headers.RetryAfter, time);
        if (ParseStatus(body) is { } status)
        {
            return FromStatus(status, response.StatusCode, retryAfter);
        }
        string quoted = body.Length > MaxQuotedCharacters ? body[..MaxQuotedCharacters] + "..." : body.Trim();
        string message = $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}: {quoted}";
        return new KubernetesException(response.StatusCode, ReasonOf(response.StatusCode), message)
        {
            RetryAfter = retryAfter,
            FromHeader = retryAfter is not null,
            // A gateway's own words; everything else comes from something that knows what was asked.
            FromServer = response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout),
        };
    }

    public static KubernetesException FromStatus(JsonObject status, HttpStatusCode? code = null, TimeSpan? retryAfter = null)
    {
        HttpStatusCode effective = code ?? (HttpStatusCode)(IntOf(status["code"]) ?? 500);
        string reason = StringOf(status["reason"]) is { Length: > 0 } given ? given : ReasonOf(effective);
        string message = StringOf(status["message"]) ?? reason;
        JsonObject? details = status["details"] as JsonObject;
        TimeSpan? wait = retryAfter ?? (IntOf(details?["retryAfterSeconds"]) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null);
        return new KubernetesException(effective, reason, message, details) { RetryAfter = wait, FromHeader = retryAfter is not null, FromServer = true };
    }

    public static KubernetesException Unreachable(ClusterConnection connection, Exception cause)
    {
        string why = Reason(cause);
        return new KubernetesException(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable,
            $"cannot reach the Kubernetes API at {connection}: {why}", inner: cause)
        {
            ConnectionBroke = Broke(cause),
        };
    }

    /// <summary>Whether there was a connection: then the next one may work at once, unlike a server that refuses or cannot be found.</summary>
    private static bool Broke(Exception cause) => cause switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError or HttpRequestError.Unknown } => true,
        HttpRequestException => false,
        _ => cause is IOException,
    };

    public static KubernetesException TimedOut(ClusterConnection connection, TimeSpan timeout) => new(
        HttpStatusCode.GatewayTimeout, StatusReasons.Timeout,
        $"the Kubernetes API at {connection} did not answer within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");

    private static string Reason(Exception cause)
    {
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
            {
                return $"TLS: {e.Message}";
            }
            if (e is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "connection refused",
                    SocketError.HostNotFound or SocketError.TryAgain => "the host name cannot be resolved",
                    SocketError.ConnectionReset => "the connection was reset",
                    _ => socket.Message,
                };
            }
        }
        return cause.Message;
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken));
            char[] buffer = new char[MaxBodyCharacters];
            int length = await reader.ReadBlockAsync(buffer, cancellationToken);
            return new string(buffer, 0, length);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return $"(the body could not be read: {e.Message})";
        }
    }

    private static JsonObject? ParseStatus(string body)
    {
        if (!body.StartsWith('{'))
        {
            return null;
        }
        try
        {
            return JsonNode.Parse(body) is JsonObject status && StringOf(status["kind"]) == "Status" ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, TimeProvider time)
    {
        TimeSpan? wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } value && value < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string ReasonOf(HttpStatusCode code) => code switch
    {
        HttpStatusCode.BadRequest => StatusReasons.BadRequest,
        HttpStatusCode.Unauthorized => StatusReasons.Unauthorized,
        HttpStatusCode.Forbidden => StatusReasons.Forbidden,
        HttpStatusCode.NotFound => StatusReasons.NotFound,
        HttpStatusCode.MethodNotAllowed => StatusReasons.MethodNotAllowed,
        HttpStatusCode.NotAcceptable => StatusReasons.NotAcceptable,
        HttpStatusCode.Conflict => StatusReasons.Conflict,
        HttpStatusCode.Gone => StatusReasons.Gone,
        HttpStatusCode.RequestEntityTooLarge => StatusReasons.RequestEntityTooLarge,
        HttpStatusCode.UnsupportedMediaType => StatusReasons.UnsupportedMediaType,
        HttpStatusCode.UnprocessableEntity => StatusReasons.Invalid,
        HttpStatusCode.TooManyRequests => StatusReasons.TooManyRequests,
        HttpStatusCode.ServiceUnavailable => StatusReasons.ServiceUnavailable,
        HttpStatusCode.GatewayTimeout => StatusReasons.Timeout,
        _ => StatusReasons.InternalError,
    };

    private static string? StringOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static int? IntOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number) ? number : null;
}
