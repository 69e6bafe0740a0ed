using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>Pure: what the agent said, or what Job and Pod say when it said nothing, becomes the run's outcome.</summary>
internal static class RunOutcomes
{
    /// <summary>
    /// Most bytes of an answer in the resource, as JSON writes them: it stands there in both spellings, and the whole object must
    /// fit the API's 1.5 MiB.
    /// </summary>
    public const int MaxResultBytes = 512 * 1024;

    /// <summary>Most bytes of an error in the resource.</summary>
    public const int MaxErrorBytes = 16 * 1024;

    /// <summary>Most characters of a reason.</summary>
    private const int MaxReasonLength = 128;

    /// <summary>Outcome of a result that the agent wrote.</summary>
    public static RunOutcome FromResult(AgentResult result) => result.Status switch
    {
        AgentResultStatus.Success => new RunOutcome(RunPhase.Succeeded, Result: Cut(result.Response ?? "")),
        AgentResultStatus.Skipped => new RunOutcome(RunPhase.Skipped, Result: Cut(result.Response ?? "The run was skipped by a hook.")),
        _ => new RunOutcome(
            RunPhase.Failed,
            IsReason(result.Reason) ? result.Reason : RunFailureReasons.ContainerFailed,
            Cut(result.Error ?? "The agent reported an error without a message; see the log of its pod.", MaxErrorBytes),
            result.Response is { Length: > 0 } partial ? Cut(partial) : null),
    };

    /// <summary>Outcome of a finished Job whose agent left no result; null while the Job is not finished.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="pod">Its pod, null when it is gone.</param>
    /// <param name="log">End of the agent's log, for the result marker; null when there is none.</param>
    /// <param name="waited">What the run's pod was last seen to wait for; null when it ran.</param>
    public static RunOutcome? FromJob(JsonObject job, JsonObject? pod, string? log, (string Reason, string Message)? waited = null)
    {
        RunOutcome? disruption = PodTrouble.Disruption(pod);

        // A Job says that it will fail before its pod is gone, and the pod of a lost node is gone late or never.
        JsonObject? failed = Condition(job, "Failed") ?? (disruption is null ? null : Condition(job, "FailureTarget"));
        if (failed is null && Condition(job, "Complete") is null)
        {
            return null;
        }

        if (ReadMarker(log) is AgentResult result)
        {
            return FromResult(result) with { ExitCode = ExitCode(pod) };
        }

        if (disruption is not null)
        {
            return disruption with { ExitCode = ExitCode(pod) };
        }

        if ((string?)failed?["reason"] == "DeadlineExceeded" && waited is var (reason, message))
        {
            return new RunOutcome(RunPhase.Failed, reason, $"The run's pod did not start within the run's time. {message}");
        }

        if ((string?)failed?["reason"] == "DeadlineExceeded")
        {
            return new RunOutcome(
                RunPhase.Failed, RunFailureReasons.Timeout, "The run took longer than its timeout and its pod was ended; raise spec.timeout if the task needs more.", ExitCode: ExitCode(pod));
        }

        return FromPod(pod) ?? new RunOutcome(
            RunPhase.Failed,
            RunFailureReasons.InfrastructureLost,
            $"The Job ended without a result and its pod is gone: {(string?)failed?["message"] ?? "no reason given"}.");
    }

    /// <summary>When a Job ended or began to fail; null while it has not.</summary>
    public static DateTimeOffset? EndOf(JsonObject job) =>
        (Condition(job, "Failed") ?? Condition(job, "FailureTarget") ?? Condition(job, "Complete")) is { } end
            && DateTimeOffset.TryParse((string?)end["lastTransitionTime"], CultureInfo.InvariantCulture, out DateTimeOffset time)
            ? time
            : null;

    /// <summary>The last result marker in a log; null when there is none that can be read.</summary>
    public static AgentResult? ReadMarker(string? log)
    {
        int start = log?.LastIndexOf(IpcPaths.ResultMarkerStart, StringComparison.Ordinal) ?? -1;
        int end = start < 0 ? -1 : log!.IndexOf(IpcPaths.ResultMarkerEnd, start, StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(log.AsSpan()[(start + IpcPaths.ResultMarkerStart.Length)..end], IpcJson.Default.AgentResult);
        }
        catch (JsonException)
        {
            // A marker that cannot be read says as little as none.
            return null;
        }
    }

    private static RunOutcome? FromPod(JsonObject? pod)
    {
        JsonObject? terminated = Statuses(pod, "containerStatuses").FirstOrDefault(status => (string?)status["name"] == "agent")?["state"]?["terminated"] as JsonObject;
        if (terminated is null)
        {
            return pod is null ? null : new RunOutcome(
                RunPhase.Failed, (string?)pod["status"]?["reason"] ?? RunFailureReasons.InfrastructureLost, (string?)pod["status"]?["message"] ?? "The pod failed before the agent ran.");
        }

        int code = (int?)terminated["exitCode"] ?? -1;
        string reason = (string?)terminated["reason"] ?? "";
        if (reason == "OOMKilled")
        {
            return new RunOutcome(
                RunPhase.Failed, RunFailureReasons.OutOfMemory, "The agent container was killed because it used more memory than its limit.", ExitCode: code);
        }

        string how = code > 128 ? $"was killed by signal {code - 128}" : $"exited with code {code}";
        return new RunOutcome(
            RunPhase.Failed,
            RunFailureReasons.ContainerFailed,
            $"The agent container {how} without a result{(reason is "" or "Error" or "Completed" ? "" : $" ({reason})")}; see the log of its pod.",
            ExitCode: code);
    }

    private static int? ExitCode(JsonObject? pod) =>
        (int?)Statuses(pod, "containerStatuses").FirstOrDefault(status => (string?)status["name"] == "agent")?["state"]?["terminated"]?["exitCode"];

    private static JsonObject? Condition(JsonObject job, string type) =>
        (job["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type && (string?)c["status"] == "True");

    private static IEnumerable<JsonObject> Statuses(JsonObject? pod, string field) => (pod?["status"]?[field] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The agent's word is not trusted to be one word.</summary>
    private static bool IsReason(string? reason) => reason is { Length: > 0 and <= MaxReasonLength } && reason.All(char.IsAsciiLetterOrDigit);

    private static string Cut(string text, int mostBytes = MaxResultBytes)
    {
        int bytes = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bytes += BytesInJson(text[i]);
            if (bytes > mostBytes)
            {
                int end = char.IsLowSurrogate(text[i]) ? i - 1 : i;
                return $"{text[..end]}\n[truncated: {text.Length} characters in all]";
            }
        }

        return text;
    }

    /// <summary>What JSON may need for a character: itself, or six bytes of escape.</summary>
    private static int BytesInJson(char c) => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or ',' or '-' or '_' or '/' or ':' or '(' or ')' ? 1 : 6;
}
