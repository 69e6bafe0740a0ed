using System.Net;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.OpenAi;

/// <summary>Values of an error's <c>type</c>.</summary>
internal static class ErrorTypes
{
    public const string InvalidRequest = "invalid_request_error";
    public const string RateLimit = "rate_limit_error";
    public const string Server = "server_error";
}

/// <summary>An error in OpenAI's form: what it says goes to the client as it is.</summary>
internal sealed class ApiException(int status, string type, string? code, string message, string? param = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Code { get; } = code;

    public string? Param { get; } = param;

    /// <summary>Becomes the header <c>Retry-After</c>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Becomes the header <c>x-should-retry</c>, which OpenAI's libraries obey; null leaves it to the status.</summary>
    public bool? ShouldRetry { get; init; }

    public static ApiException Unauthorized(string message) => new(401, ErrorTypes.InvalidRequest, "invalid_api_key", message);

    public static ApiException Invalid(string message, string? param, string? code = null) => new(400, ErrorTypes.InvalidRequest, code, message, param);

    /// <summary>Maps what the control plane throws; null for an exception that nobody foresaw.</summary>
    public static ApiException? From(Exception exception) => exception switch
    {
        ApiException already => already,
        SympoziumNotFoundException => new(404, ErrorTypes.InvalidRequest, "not_found", exception.Message, inner: exception),
        SympoziumInvalidException => new(400, ErrorTypes.InvalidRequest, "invalid", exception.Message, inner: exception),
        SympoziumConflictException => new(409, ErrorTypes.InvalidRequest, "conflict", exception.Message, inner: exception) { ShouldRetry = false },
        SympoziumOverloadedException => new(429, ErrorTypes.RateLimit, "rate_limit_exceeded", exception.Message, inner: exception),
        SympoziumUnavailableException unavailable =>
            new(503, ErrorTypes.Server, "unavailable", exception.Message, inner: exception) { RetryAfter = unavailable.RetryAfter },
        KubernetesException refused => From(refused),
        _ => null,
    };

    private static ApiException From(KubernetesException refused)
    {
        int status = refused.Code switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => 400,
            HttpStatusCode.Forbidden => 403,
            HttpStatusCode.NotFound => 404,
            HttpStatusCode.Conflict => 409,
            HttpStatusCode.RequestEntityTooLarge => 413,
            HttpStatusCode.TooManyRequests => 429,
            HttpStatusCode.GatewayTimeout => 504,
            _ when refused.IsTransient => 503,
            _ => 500,
        };
        string type = status switch
        {
            429 => ErrorTypes.RateLimit,
            >= 500 => ErrorTypes.Server,
            _ => ErrorTypes.InvalidRequest,
        };
        return new(status, type, refused.Reason, refused.Message, inner: refused) { RetryAfter = refused.RetryAfter };
    }
}
