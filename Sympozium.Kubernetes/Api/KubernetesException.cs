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
    public HttpStatusCode Code { get; } = code;

    /// <summary>Machine-readable reason, one of <see cref="StatusReasons"/> or what the server sent.</summary>
    public string Reason { get; } = reason;

    /// <summary>The <c>details</c> of the Status (name, group, kind, causes), if any.</summary>
    public JsonObject? Details { get; } = details;

    /// <summary>How long the server asked to wait; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public bool IsNotFound => Reason == StatusReasons.NotFound;

    public bool IsConflict => Reason == StatusReasons.Conflict;

    public bool IsAlreadyExists => Reason == StatusReasons.AlreadyExists;

    /// <summary>The watch window was left behind (410): list again.</summary>
    public bool IsExpired => Reason is StatusReasons.Expired or StatusReasons.Gone;

    /// <summary>The server did not answer or was not able to: the same request may succeed later.</summary>
    public bool IsTransient => Code is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
        or HttpStatusCode.GatewayTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway;
}
