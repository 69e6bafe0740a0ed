namespace Sympozium.Kubernetes.Api;

/// <summary>Reasons of a <c>v1.Status</c>, as <c>k8s.io/apimachinery/pkg/apis/meta/v1</c> names them.</summary>
public static class StatusReasons
{
    public const string BadRequest = "BadRequest";
    public const string Unauthorized = "Unauthorized";
    public const string Forbidden = "Forbidden";
    public const string NotFound = "NotFound";
    public const string AlreadyExists = "AlreadyExists";
    public const string Conflict = "Conflict";
    public const string Gone = "Gone";
    public const string Expired = "Expired";
    public const string Invalid = "Invalid";
    public const string MethodNotAllowed = "MethodNotAllowed";
    public const string NotAcceptable = "NotAcceptable";
    public const string UnsupportedMediaType = "UnsupportedMediaType";
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";
    public const string TooManyRequests = "TooManyRequests";
    public const string InternalError = "InternalError";
    public const string ServiceUnavailable = "ServiceUnavailable";
    public const string Timeout = "Timeout";

    /// <summary>Ours: no answer came at all (refused, reset, name not resolved, TLS failure).</summary>
    public const string Unreachable = "Unreachable";
}
