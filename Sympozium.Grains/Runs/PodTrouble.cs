using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>Pure: what keeps a pod from starting, and what took a pod away, in the words that runs use. The inputs are statuses as Kubernetes writes them.</summary>
internal static class PodTrouble
{
    /// <summary>Why a pod does not start, when it is more than a matter of moments; null when nothing is in its way.</summary>
    public static (string Reason, string Message)? Obstacle(JsonObject? pod)
    {
        foreach (JsonObject status in AllStatuses(pod))
        {
            if (Text(status["state"]?["waiting"]?["reason"]) is { Length: > 0 } reason and not ("ContainerCreating" or "PodInitializing"))
            {
                string message = Text(status["state"]!["waiting"]!["message"]);
                return (ReasonOfWaiting(reason), $"Container '{Text(status["name"])}': {reason}{(message.Length == 0 ? "" : $": {message}")}");
            }
        }

        JsonObject? unscheduled = Condition(pod, "PodScheduled", "False");
        return Text(unscheduled?["reason"]) is "Unschedulable" or "SchedulingGated"
            ? (RunFailureReasons.Unschedulable, $"No node takes the pod: {Text(unscheduled!["message"])}")
            : null;
    }

    /// <summary>Whether an obstacle cannot go away by waiting: the image's name is wrong, or may not be pulled.</summary>
    public static RunOutcome? Hopeless(JsonObject? pod)
    {
        foreach (JsonObject status in AllStatuses(pod))
        {
            if (Text(status["state"]?["waiting"]?["reason"]) is "InvalidImageName" or "ErrImageNeverPull")
            {
                (string reason, string message) = Obstacle(pod)!.Value;
                return new RunOutcome(RunPhase.Failed, reason, $"The pod cannot start. {message}");
            }
        }

        return null;
    }

    /// <summary>Why the cluster took the pod away, though its containers may have been fine; null when it did not.</summary>
    public static RunOutcome? Disruption(JsonObject? pod)
    {
        string reason = Text(pod?["status"]?["reason"]);
        string message = Text(pod?["status"]?["message"]);
        JsonObject? condition = Condition(pod, "DisruptionTarget", "True");
        string cause = Text(condition?["reason"]);
        string why = message.Length > 0 ? message : Text(condition?["message"]);
        (string Reason, string What)? found = (reason, cause) switch
        {
            ("NodeLost", _) or (_, "DeletionByTaintManager" or "DeletionByPodGC") => (RunFailureReasons.NodeLost, "The node of the run's pod was lost"),
            ("Preempting", _) or (_, "PreemptionByScheduler") => (RunFailureReasons.Preempted, "The pod had to make room for one of higher priority"),
            ("Evicted", _) or (_, "EvictionByEvictionAPI" or "TerminationByKubelet") => (RunFailureReasons.Evicted, "The pod was evicted"),
            ("Shutdown" or "NodeShutdown" or "Terminated", _) => (RunFailureReasons.Evicted, "The pod's node was shut down"),
            ("UnexpectedAdmissionError" or "NodeAffinity" or "OutOfcpu" or "OutOfmemory" or "OutOfpods" or "OutOfephemeral-storage", _)
                => (RunFailureReasons.Evicted, $"The node did not take the pod ({reason})"),
            _ => null,
        };
        return found is { } known ? new RunOutcome(RunPhase.Failed, known.Reason, why.Length == 0 ? known.What + "." : $"{known.What}: {why}") : null;
    }

    /// <summary>What Events say of a Job whose pods are refused; null when they say nothing of it.</summary>
    /// <param name="events">Events about the Job with reason FailedCreate.</param>
    public static (string Reason, string Message)? Refusal(IEnumerable<JsonObject> events)
    {
        JsonObject? last = events.Where(e => Text(e["reason"]) == "FailedCreate")
            .MaxBy(e => Text(e["lastTimestamp"]) is { Length: > 0 } time ? time : Text(e["eventTime"]), StringComparer.Ordinal);
        string message = Text(last?["message"]);
        return last is null ? null
            : message.Contains("exceeded quota:", StringComparison.Ordinal) || message.Contains("status unknown for quota:", StringComparison.Ordinal) ? (RunFailureReasons.QuotaExceeded, message)
            : (RunFailureReasons.PodRefused, message);
    }

    /// <summary>The pull error and its back-off alternate; they are one reason, so that the status is not written at each turn.</summary>
    private static string ReasonOfWaiting(string reason) => reason is "ErrImagePull" or "ImagePullBackOff" or "ImageInspectError" or "RegistryUnavailable"
        or "InvalidImageName" or "ErrImageNeverPull" or "SignatureValidationFailed"
        ? RunFailureReasons.ImagePullFailed
        : reason;

    private static IEnumerable<JsonObject> AllStatuses(JsonObject? pod) => Statuses(pod, "initContainerStatuses").Concat(Statuses(pod, "containerStatuses"));

    private static IEnumerable<JsonObject> Statuses(JsonObject? pod, string field) => (pod?["status"]?[field] as JsonArray)?.OfType<JsonObject>() ?? [];

    private static JsonObject? Condition(JsonObject? pod, string type, string status) =>
        (pod?["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => Text(c["type"]) == type && Text(c["status"]) == status);

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
