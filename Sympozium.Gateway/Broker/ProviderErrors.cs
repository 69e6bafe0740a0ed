using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>A failed try of a model call.</summary>
/// <param name="Error">What the pod is told when it was the last try.</param>
/// <param name="Retry">Whether another try may help.</param>
/// <param name="Wait">How long the provider asked to wait.</param>
internal sealed record ProviderFailure(ApiException Error, bool Retry, TimeSpan? Wait = null);

/// <summary>Maps what goes wrong at a provider to errors with a code of <see cref="RunFailureReasons"/>. The key never is in them.</summary>
internal static class ProviderErrors
{
    private const int MaxMessageLength = 1000;
    private const int TooManyRequests = 429;

    public static ProviderFailure Unreachable(ProviderTarget target, Exception cause) => new(
        Make(target, 503, RunFailureReasons.ModelUnavailable, $"{Capital(target.Name)} cannot be reached: {cause.Message}", cause),
        Retry: true);

    public static ProviderFailure FirstByteTimeout(ProviderTarget target, TimeSpan limit, Exception cause) => new(
        Make(target, 504, RunFailureReasons.ModelUnavailable, $"{Capital(target.Name)} sent no answer within {Seconds(limit)}.", cause),
        Retry: true);

    public static ProviderFailure Empty(ProviderTarget target) => new(
        Make(target, 502, RunFailureReasons.ModelError, $"{Capital(target.Name)} sent an empty answer."),
        Retry: true);

    public static ApiException Silent(ProviderTarget target, TimeSpan limit, Exception cause) =>
        Make(target, 504, RunFailureReasons.ModelError, $"{Capital(target.Name)} went silent for {Seconds(limit)} in the middle of its answer.", cause);

    public static ApiException BrokeOff(ProviderTarget target, Exception? cause) =>
        Make(target, 502, RunFailureReasons.ModelError, $"{Capital(target.Name)} broke off in the middle of its answer{(cause is null ? "." : $": {cause.Message}")}", cause);

    public static ApiException Rubbish(ProviderTarget target, string what, Exception? cause = null) =>
        Make(target, 502, RunFailureReasons.ModelError, $"{Capital(target.Name)} sent an answer that cannot be understood: {what}", cause);

    /// <summary>An answer with an error status.</summary>
    public static ProviderFailure FromStatus(ProviderTarget target, HttpResponseMessage response, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        int status = (int)response.StatusCode;
        (string? message, string? code) = Read(body);
        TimeSpan? wait = Wait(response.Headers, now);
        string said = message ?? response.ReasonPhrase ?? "no explanation";
        bool temporary = status is 408 or 409 or TooManyRequests or >= 500 && code is not "insufficient_quota";
        if (response.Headers.TryGetValues("x-should-retry", out IEnumerable<string>? hints))
        {
            temporary = temporary && hints.First() != "false";
        }

        string reason = status is 408 or 409 or TooManyRequests or >= 500 && code is not "insufficient_quota" ? RunFailureReasons.ModelUnavailable : RunFailureReasons.ModelRejected;
        string hint = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? $" Check the key in secret '{target.Route.SecretName}' of namespace '{target.Route.SecretNamespace}'." : "";
        int shown = status switch
        {
            TooManyRequests => TooManyRequests,
            >= 500 => 503,
            >= 400 => status,
            _ => 502,
        };
        ApiException error = Make(target, shown, reason, $"{Capital(target.Name)} answered {status}: {said}{hint}", retryAfter: wait);
        return new ProviderFailure(error, temporary, wait);
    }

    /// <summary>An error inside a stream.</summary>
    public static ApiException FromEvent(ProviderTarget target, JsonElement error)
    {
        (string? message, string? code) = Read(error);
        bool busy = code is "overloaded_error" or "rate_limit_error" or "rate_limit_exceeded" or "api_error" or "server_error" or "timeout_error";
        return Make(
            target,
            busy ? 503 : 502,
            busy ? RunFailureReasons.ModelUnavailable : RunFailureReasons.ModelError,
            $"{Capital(target.Name)} failed in the middle of its answer: {message ?? code ?? "no explanation"}");
    }

    private static ApiException Make(ProviderTarget target, int status, string code, string message, Exception? cause = null, TimeSpan? retryAfter = null)
    {
        string type = status switch
        {
            TooManyRequests => ErrorTypes.RateLimit,
            >= 500 => ErrorTypes.Server,
            _ => ErrorTypes.InvalidRequest,
        };

        // The broker has tried as often as makes sense; a library in the pod must not multiply that.
        return new ApiException(status, type, code, target.Clean(Cut(message)), inner: cause) { RetryAfter = retryAfter, ShouldRetry = false };
    }

    private static (string? Message, string? Code) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement error) ? Read(error) : (null, null);
        }
        catch (JsonException)
        {
            string text = System.Text.Encoding.UTF8.GetString(body.Span).Trim();
            return (text.Length == 0 ? null : Cut(text), null);
        }
    }

    private static (string? Message, string? Code) Read(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return (error.ValueKind == JsonValueKind.String ? error.GetString() : null, null);
        }

        return (Text(error, "message"), Text(error, "code") ?? Text(error, "type"));
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static TimeSpan? Wait(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (headers.TryGetValues("retry-after-ms", out IEnumerable<string>? values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds) && milliseconds >= 0)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        return headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > now => date - now,
            _ => null,
        };
    }

    private static string Cut(string text) => text.Length <= MaxMessageLength ? text : text[..MaxMessageLength] + "...";

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string Seconds(TimeSpan limit) => string.Create(CultureInfo.InvariantCulture, $"{limit.TotalSeconds:0.###} s");
}
