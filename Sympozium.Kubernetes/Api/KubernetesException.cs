using System.Net;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Api;

/// <summary>
/// An answer of the API server that is not a success: the fields of its <c>v1.Status</c>
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/), or the network's failure
/// as <see cref="HttpStatusCode.ServiceUnavailable"/> with reason <see cref="StatusReasons.Unreachable"/>.
/// </summary>
public sealed class KubernetesException(HttpStatusCode code, string reason, string message, JsonObject? details = null, Exception? inner = null)
    : Exception(message, inner)
{
    private IReadOnlyList<StatusCause>? _causes;

    public HttpStatusCode Code { get; } = code;

    /// <summary>Machine-readable reason, one of <see cref="StatusReasons"/> or what the server sent.</summary>
    public string Reason { get; } = reason;

    /// <summary>The <c>details</c> of the Status (name, group, kind, causes), if any.</summary>
    public JsonObject? Details { get; } = details;

    /// <summary>How long the server asked to wait; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The single things that are wrong, each with its field, as the server lists them; empty when it does not.</summary>
    public IReadOnlyList<StatusCause> Causes => _causes ??= StatusCause.Read(Details);

    /// <summary>Whether the API server itself says so, not the network or a proxy.</summary>
    public bool FromServer { get; init; }

    public bool IsNotFound => Reason == StatusReasons.NotFound;

    public bool IsConflict => Reason == StatusReasons.Conflict;

    public bool IsAlreadyExists => Reason == StatusReasons.AlreadyExists;

    /// <summary>The watch window was left behind (410): list again.</summary>
    public bool IsExpired => Reason is StatusReasons.Expired or StatusReasons.Gone;

    public bool IsInvalid => Reason == StatusReasons.Invalid;

    /// <summary>The client may not do this, or the server does not know it.</summary>
    public bool IsForbidden => Code is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;

    /// <summary>
    /// A quota of the namespace is used up, or is so new that its use is not counted yet: the object may be accepted later
    /// (https://kubernetes.io/docs/concepts/policy/resource-quotas/).
    /// </summary>
    public bool IsQuotaExceeded => Reason == StatusReasons.Forbidden
        && (Message.Contains("exceeded quota:", StringComparison.Ordinal) || Message.Contains("status unknown for quota:", StringComparison.Ordinal));

    /// <summary>No answer came at all.</summary>
    public bool IsUnreachable => Reason == StatusReasons.Unreachable;

    /// <summary>The server did not process the request and says that it may be sent again.</summary>
    public bool AsksForRetry => Code == HttpStatusCode.TooManyRequests || ((int)Code >= 500 && FromHeader);

    /// <summary>Whether <see cref="RetryAfter"/> stood in a header: then nothing of the request was done.</summary>
    internal bool FromHeader { get; init; }

    /// <summary>A connection that was there broke before the whole answer was.</summary>
    internal bool ConnectionBroke { get; init; }

    /// <summary>The server did not answer or was not able to: the same request may succeed later.</summary>
    public bool IsTransient => Code is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
        or HttpStatusCode.GatewayTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway;
}
