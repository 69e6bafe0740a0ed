using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.OpenAi;

/// <summary>How a run that did not succeed is told to an OpenAI client.</summary>
internal static class RunErrors
{
    public const string Cancelled = "RunCancelled";

    /// <summary>The error for a terminal phase; null when the run has an answer.</summary>
    public static ApiException? From(ResourceKey run, RunPhaseChange end)
    {
        switch (end.Phase)
        {
            case RunPhase.Succeeded or RunPhase.Skipped:
                return null;
            case RunPhase.Cancelled:
                return new ApiException(409, ErrorTypes.InvalidRequest, end.Reason ?? Cancelled, $"Run '{run}' was cancelled{Because(end)}") { ShouldRetry = false };
        }

        int status = end.Reason switch
        {
            RunFailureReasons.ModelUnavailable => 503,
            RunFailureReasons.Timeout => 504,
            RunFailureReasons.ModelRejected or RunFailureReasons.InvalidSpec or RunFailureReasons.ReferenceNotFound or RunFailureReasons.MissingCredentials => 400,
            RunFailureReasons.PolicyDenied or RunFailureReasons.BudgetExceeded => 403,
            _ => 500,
        };

        // The run has used tools and tokens already: a library that repeats it by itself would do harm.
        string type = status >= 500 ? ErrorTypes.Server : ErrorTypes.InvalidRequest;
        return new ApiException(status, type, end.Reason ?? "RunFailed", $"Run '{run}' failed{Because(end)}") { ShouldRetry = false };
    }

    private static string Because(RunPhaseChange end) => string.IsNullOrEmpty(end.Message) ? "." : $": {end.Message}";
}
