namespace Sympozium.LocalCluster.Jobs;

/// <summary>
/// Decides what a Job needs, from the Job, its pods and what was counted (https://kubernetes.io/docs/concepts/workloads/controllers/job/).
/// Pure: the controller does what it says and asks again.
/// </summary>
internal sealed class JobPlanner(LocalJobOptions options)
{
    public JobDecision Decide(JobManifest job, IReadOnlyList<JobPod> pods, JobLedger ledger, DateTimeOffset now)
    {
        if (Ended(job.Status) is { } ended)
        {
            return AfterEnd(job, ended);
        }

        if (job.Metadata.DeletionTimestamp is not null)
        {
            return new JobDecision();
        }

        List<JobPod> active = [.. pods.Where(p => p.IsActive)];
        if (FailureOf(job, pods, ledger, now) is { } failure)
        {
            return Fail(job, pods, active, failure, now);
        }

        if (job.Spec.Suspend)
        {
            return Suspend(job, active, now);
        }

        if (IsComplete(job, active, ledger))
        {
            return new JobDecision
            {
                Conditions =
                [
                    Condition(JobCondition.SuccessCriteriaMet, "CompletionsReached", "Reached expected number of succeeded pods", now),
                    Condition(JobCondition.Complete, "CompletionsReached", "Reached expected number of succeeded pods", now),
                ],
                Delete = active,
                Finished = true,
            };
        }

        return Run(job, pods, active, ledger, now);
    }

    /// <summary>The condition that ended the Job; null while it goes on.</summary>
    public static JobCondition? Ended(JobStatusSeen status) =>
        status.Conditions.Find(c => c.Type is JobCondition.Complete or JobCondition.Failed && c.Status == "True");

    private static JobDecision AfterEnd(JobManifest job, JobCondition ended)
    {
        DateTimeOffset? expires = job.Spec.TtlSecondsAfterFinished is { } seconds && job.Metadata.DeletionTimestamp is null
            ? ended.LastTransitionTime + TimeSpan.FromSeconds(seconds)
            : null;
        return new JobDecision { Finished = true, WakeAt = expires, Expired = expires is not null };
    }

    private static (string Reason, string Message)? FailureOf(JobManifest job, IReadOnlyList<JobPod> pods, JobLedger ledger, DateTimeOffset now)
    {
        if (job.Status.Conditions.Find(c => c.Type == JobCondition.FailureTarget && c.Status == "True") is { } decided)
        {
            return (decided.Reason ?? "", decided.Message ?? "");
        }

        int restarts = (string?)job.Spec.Template["spec"]?["restartPolicy"] == "OnFailure" ? pods.Where(p => !p.IsTerminal).Sum(p => p.Restarts) : 0;
        bool restartsSpent = restarts > 0 && restarts >= job.Spec.BackoffLimit;
        if (ledger.Failed > job.Spec.BackoffLimit || restartsSpent)
        {
            return ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }

        return Deadline(job) is { } deadline && deadline <= now
            ? ("DeadlineExceeded", "Job was active longer than specified deadline")
            : null;
    }

    private static JobDecision Fail(
        JobManifest job, IReadOnlyList<JobPod> pods, List<JobPod> active, (string Reason, string Message) failure, DateTimeOffset now)
    {
        // Failed is announced only when nothing runs any more.
        bool over = pods.All(p => p.IsTerminal);
        var conditions = new List<JobCondition>();
        if (!job.Status.Conditions.Exists(c => c.Type == JobCondition.FailureTarget))
        {
            conditions.Add(Condition(JobCondition.FailureTarget, failure.Reason, failure.Message, now));
        }

        if (over)
        {
            conditions.Add(Condition(JobCondition.Failed, failure.Reason, failure.Message, now));
        }

        return new JobDecision { Conditions = conditions, Delete = active, Finished = over };
    }

    private static JobDecision Suspend(JobManifest job, List<JobPod> active, DateTimeOffset now)
    {
        bool known = job.Status.Conditions.Exists(c => c is { Type: JobCondition.Suspended, Status: "True" });
        return new JobDecision
        {
            Delete = active,
            Conditions = known ? [] : [Condition(JobCondition.Suspended, "JobSuspended", "Job suspended", now)],
        };
    }

    private static bool IsComplete(JobManifest job, List<JobPod> active, JobLedger ledger) => job.Spec.Completions is { } completions
        ? ledger.Succeeded >= completions
        : ledger.Succeeded > 0 && active.Count == 0;

    private JobDecision Run(JobManifest job, IReadOnlyList<JobPod> pods, List<JobPod> active, JobLedger ledger, DateTimeOffset now)
    {
        int parallelism = job.Spec.Parallelism ?? 1;
        int open = job.Spec.Completions is { } completions ? completions - ledger.Succeeded : ledger.Succeeded > 0 ? 0 : parallelism;
        int terminating = pods.Count(p => p.IsTerminating && !p.IsTerminal);
        int create = Math.Min(parallelism, open) - active.Count - terminating;
        DateTimeOffset? wakeAt = Deadline(job);
        if (create > 0 && Backoff(ledger) is { } due && due > now)
        {
            create = 0;
            wakeAt = wakeAt < due ? wakeAt : due;
        }

        bool resumed = job.Status.Conditions.Exists(c => c is { Type: JobCondition.Suspended, Status: "True" });
        return new JobDecision
        {
            Create = Math.Max(0, create),
            Delete = create < 0 ? [.. active.TakeLast(Math.Min(-create, active.Count))] : [],
            Conditions = resumed ? [Condition(JobCondition.Suspended, "JobResumed", "Job resumed", now) with { Status = "False" }] : [],
            WakeAt = wakeAt,
        };
    }

    private DateTimeOffset? Backoff(JobLedger ledger)
    {
        const int MaxDoublings = 16;
        if (ledger.Failed == 0 || ledger.LastFailure is not { } last)
        {
            return null;
        }

        TimeSpan wait = options.FailureBackoff * (1 << Math.Min(ledger.Failed - 1, MaxDoublings));
        return last + (wait < options.MaxFailureBackoff ? wait : options.MaxFailureBackoff);
    }

    private static DateTimeOffset? Deadline(JobManifest job) =>
        job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: false } && job.Status.StartTime is { } start ? start + TimeSpan.FromSeconds(seconds) : null;

    private static JobCondition Condition(string type, string reason, string message, DateTimeOffset now) =>
        new() { Type = type, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };
}
