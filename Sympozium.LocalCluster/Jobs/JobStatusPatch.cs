using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>Renders a Job's next status as a merge patch of the stored one.</summary>
internal static class JobStatusPatch
{
    /// <summary>The patch; null when the status already says all that.</summary>
    /// <param name="job">The Job with its stored status.</param>
    /// <param name="pods">Its pods, those just created included.</param>
    /// <param name="ledger">What was counted.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="now">The time.</param>
    /// <param name="onlyReady">Whether nothing but <c>ready</c> changes.</param>
    public static JsonObject? Render(
        JobManifest job, IReadOnlyList<JobPod> pods, JobLedger ledger, JobDecision decision, DateTimeOffset now, out bool onlyReady)
    {
        JobStatusSeen old = job.Status;
        var next = new JsonObject();
        var gone = decision.Delete.Select(p => p.Uid).ToHashSet(StringComparer.Ordinal);
        Set(next, "active", old.Active, pods.Count(p => p.IsActive && !gone.Contains(p.Uid)));
        Set(next, "terminating", old.Terminating, pods.Count(p => !p.IsTerminal && (p.IsTerminating || gone.Contains(p.Uid))));
        Set(next, "succeeded", old.Succeeded, job.Spec.IsIndexed ? ledger.Completed.Count : ledger.Succeeded);
        Set(next, "failed", old.Failed, ledger.Failed);
        SetIndexes(next, job, ledger);
        SetStart(next, job, decision, now);
        if (!old.IsTracked)
        {
            next["uncountedTerminatedPods"] = new JsonObject();
        }

        if (decision.Conditions.Count > 0)
        {
            next["conditions"] = Conditions(old, decision);
            if (decision.Conditions.Any(c => c.Type == JobCondition.Complete))
            {
                next["completionTime"] = Time(now);
            }
        }

        // What only a first status lacks is no reason to wait.
        onlyReady = next.Count == 0 && old.Ready is not null;
        Set(next, "ready", old.Ready, pods.Count(p => p.IsActive && p.IsReady && !gone.Contains(p.Uid)));
        return next.Count == 0 ? null : new JsonObject { ["status"] = next };
    }

    private static void SetStart(JsonObject next, JobManifest job, JobDecision decision, DateTimeOffset now)
    {
        if (job.Spec.Suspend && !decision.Finished && job.Status.StartTime is not null)
        {
            next["startTime"] = null;
        }
        else if (!job.Spec.Suspend && (job.Status.StartTime is null || IsResumed(decision)))
        {
            next["startTime"] = Time(now);
        }
    }

    private static bool IsResumed(JobDecision decision) => decision.Conditions.Any(c => c is { Type: JobCondition.Suspended, Status: "False" });

    private static void SetIndexes(JsonObject next, JobManifest job, JobLedger ledger)
    {
        if (!job.Spec.IsIndexed)
        {
            return;
        }

        string completed = ledger.Completed.ToString();
        if (completed != (job.Status.CompletedIndexes ?? ""))
        {
            next["completedIndexes"] = completed;
        }

        string failed = ledger.FailedIndexes.ToString();
        if (job.Spec.BackoffLimitPerIndex is not null && failed != job.Status.FailedIndexes)
        {
            next["failedIndexes"] = failed;
        }
    }

    private static void Set(JsonObject next, string field, int? old, int value)
    {
        if (old != value)
        {
            next[field] = value;
        }
    }

    private static JsonArray Conditions(JobStatusSeen old, JobDecision decision)
    {
        IEnumerable<JobCondition> kept = old.Conditions.Where(o => decision.Conditions.All(n => n.Type != o.Type));
        return [.. kept.Concat(decision.Conditions).Select(Condition)];
    }

    private static JsonObject Condition(JobCondition condition) => new()
    {
        ["type"] = condition.Type,
        ["status"] = condition.Status,
        ["reason"] = condition.Reason,
        ["message"] = condition.Message,
        ["lastProbeTime"] = Time(condition.LastProbeTime),
        ["lastTransitionTime"] = Time(condition.LastTransitionTime),
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
