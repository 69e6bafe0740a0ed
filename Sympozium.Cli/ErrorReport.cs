using System.Net;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Cli;

/// <summary>The one place where exceptions become messages and exit codes.</summary>
internal static class ErrorReport
{
    /// <summary>Writes what went wrong for a person and returns the exit code.</summary>
    public static int Write(ITerminal terminal, Exception exception)
    {
        (int code, string? message) = Explain(exception);
        if (message is not null)
        {
            terminal.Fail(message);
        }
        return code;
    }

    public static (int Code, string? Message) Explain(Exception exception) => exception switch
    {
        CliException e => (e.ExitCode, e.Message),
        KubernetesException e => (CodeOf(e), MessageOf(e)),
        KubeconfigException e => (ExitCodes.Unreachable, e.Message),
        ManifestException e => (ExitCodes.Refused, e.Message),
        OperationCanceledException => (ExitCodes.Interrupted, null),
        UnauthorizedAccessException or IOException => (ExitCodes.Refused, exception.Message),
        _ => (ExitCodes.Internal, $"unexpected: {exception}"),
    };

    private static int CodeOf(KubernetesException e) => e.Reason switch
    {
        StatusReasons.Unreachable => ExitCodes.Unreachable,
        StatusReasons.NotFound => ExitCodes.NotFound,
        StatusReasons.Timeout => ExitCodes.Timeout,
        _ => e.Code == HttpStatusCode.ServiceUnavailable ? ExitCodes.Unreachable : ExitCodes.Refused,
    };

    private static string MessageOf(KubernetesException e) => e.Reason switch
    {
        StatusReasons.Unreachable => $"{e.Message}. Is it running? 'sympozium status' tells, 'sympozium up' starts it",
        StatusReasons.Timeout => e.Message,
        StatusReasons.Unauthorized => $"the API server does not accept these credentials: {e.Message}",
        _ => $"from server ({e.Reason}): {e.Message}",
    };
}
