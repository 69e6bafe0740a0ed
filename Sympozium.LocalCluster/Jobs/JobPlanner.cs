namespace Sympozium.LocalCluster.Jobs;

/// <summary>
/// Decides what a Job needs, from the Job, its pods and what was counted (https://kubernetes.io/docs/concepts/workloads/controllers/job/).
/// Pure: the controller does what it says and asks again.
/// </summary>
internal sealed class JobPlanner(LocalJobOptions options)
{
    private const string CompletionsReached = "CompletionsReached";

    public JobDecision Decide(JobManifest job, IReadOnlyList<JobPod> pods, JobLedger ledger, DateTimeOffset now)
    {
        if (Ended(job.Status) is { } ended)
        {
            return AfterEnd(job, ended);
        }

        if (job.Metadata.DeletionTimestamp is not null || job.Spec.IsManagedElsewhere)
        {
            return new JobDecision();
        }

        List<JobPod> active = [.. pods.Where(p => p.IsActive)];
        if (Holds(job, JobCondition.SuccessCriteriaMet) is { } met)
        {
            return Succeed(job, pods, active, (met.Reason ?? "", met.Message ?? ""), now);
        }

        if (FailureOf(job, pods, ledger, now) is { } failure)
        {
            return Fail(job, pods, active, failure, now);
        }

        if (SuccessOf(job, active, ledger) is { } success)
        {
            return Succeed(job, pods, active, success, now);
        }

        return job.Spec.Suspend ? Suspend(job, active, now) : Run(job, pods, active, ledger, now);
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

    private static (string Reason, string Message)? SuccessOf(JobManifest job, List<JobPod> active, JobLedger ledger)
    {
        if (job.Spec.IsIndexed && SuccessPolicy.Match(job.Spec.SuccessPolicy, ledger.Completed, job.Spec.Completions ?? 0) is { } matched)
        {
            return ("SuccessPolicy", matched);
        }

        bool complete = job.Spec.Completions is { } completions
            ? (job.Spec.IsIndexed ? ledger.Completed.Count : ledger.Succeeded) >= completions
            : ledger.Succeeded > 0 && active.Count == 0;
        return complete ? (CompletionsReached, "Reached expected number of succeeded pods") : null;
    }

    /// <summary>Why the Job has failed; null when it has not. What was decided once stays decided.</summary>
    private static (string Reason, string Message)? FailureOf(JobManifest job, IReadOnlyList<JobPod> pods, JobLedger ledger, DateTimeOffset now)
    {
        if (Holds(job, JobCondition.FailureTarget) is { } decided)
        {
            return (decided.Reason ?? "", decided.Message ?? "");
        }

        if (ledger.FailJobMessage is { } policy)
        {
            return ("PodFailurePolicy", policy);
        }

        int restarts = (string?)job.Spec.Template["spec"]?["restartPolicy"] == "OnFailure" ? pods.Where(p => !p.IsTerminal).Sum(p => p.Restarts) : 0;
        bool restartsSpent = restarts > 0 && restarts >= job.Spec.BackoffLimit;
        if (ledger.Failed > job.Spec.BackoffLimit || restartsSpent)
        {
            return ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }

        if (Deadline(job) is { } deadline && deadline <= now)
        {
            return ("DeadlineExceeded", "Job was active longer than specified deadline");
        }

        return IndexFailureOf(job, ledger);
    }

    private static (string Reason, string Message)? IndexFailureOf(JobManifest job, JobLedger ledger)
    {
        int failed = ledger.FailedIndexes.Count;
        if (job.Spec.MaxFailedIndexes is { } most && failed > most)
        {
            return ("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
        }

        return failed > 0 && failed + ledger.Completed.Count >= job.Spec.Completions ? ("FailedIndexes", "Job has failed indexes") : null;
    }

    /// <summary>The end is announced only when nothing runs any more; until then there is only the intention.</summary>
    private static JobDecision Succeed(
        JobManifest job, IReadOnlyList<JobPod> pods, List<JobPod> active, (string Reason, string Message) success, DateTimeOffset now)
    {
        bool over = pods.All(p => p.IsTerminal);
        return new JobDecision
        {
            Conditions = Ending(job, JobCondition.SuccessCriteriaMet, over ? JobCondition.Complete : null, success, now),
            Delete = active,
            Finished = over,
        };
    }

    private static JobDecision Fail(
        JobManifest job, IReadOnlyList<JobPod> pods, List<JobPod> active, (string Reason, string Message) failure, DateTimeOffset now)
    {
        bool over = pods.All(p => p.IsTerminal);
        return new JobDecision
        {
            Conditions = Ending(job, JobCondition.FailureTarget, over ? JobCondition.Failed : null, failure, now),
            Delete = active,
            Finished = over,
            Failing = true,
        };
    }

    private static List<JobCondition> Ending(JobManifest job, string intention, string? end, (string Reason, string Message) why, DateTimeOffset now)
    {
        var conditions = new List<JobCondition>();
        if (Holds(job, intention) is null)
        {
            conditions.Add(Condition(intention, why.Reason, why.Message, now));
        }

        if (end is not null)
        {
            conditions.Add(Condition(end, why.Reason, why.Message, now));
        }

        return conditions;
    }

    private static JobDecision Suspend(JobManifest job, List<JobPod> active, DateTimeOffset now) => new()
    {
        Delete = active,
        Conditions = Holds(job, JobCondition.Suspended) is null ? [Condition(JobCondition.Suspended, "JobSuspended", "Job suspended", now)] : [],
    };

    private JobDecision Run(JobManifest job, IReadOnlyList<JobPod> pods, List<JobPod> active, JobLedger ledger, DateTimeOffset now)
    {
        JobSpec spec = job.Spec;
        int parallelism = spec.Parallelism ?? 1;
        int wanted = spec.Completions is { } completions
            ? Math.Min(parallelism, completions - (spec.IsIndexed ? ledger.Completed.Count + ledger.FailedIndexes.Count : ledger.Succeeded))
            : ledger.Succeeded > 0 ? active.Count : parallelism;
        DateTimeOffset? wakeAt = Deadline(job);
        List<JobPod> delete = Superfluous(spec, active, ledger, Math.Max(0, wanted));
        List<JobPodRequest> create = [];
        if (delete.Count == 0)
        {
            int leaving = spec.ReplacesFailedOnly ? pods.Count(p => p is { IsTerminating: true, IsTerminal: false }) : 0;
            int missing = wanted - active.Count - leaving;
            if (missing > 0 && spec.BackoffLimitPerIndex is null && Backoff(ledger.FailuresInARow, ledger.LastFailure) is { } due && due > now)
            {
                missing = 0;
                wakeAt = Earliest(wakeAt, due);
            }

            create = Missing(spec, pods, ledger, missing, now, ref wakeAt);
        }

        bool resumed = Holds(job, JobCondition.Suspended) is not null;
        return new JobDecision
        {
            Create = create,
            Delete = delete,
            Conditions = resumed ? [Condition(JobCondition.Suspended, "JobResumed", "Job resumed", now) with { Status = "False" }] : [],
            WakeAt = wakeAt,
        };
    }

    /// <summary>Active pods that are too many, whose index is not wanted, done or taken twice; the newest first.</summary>
    private static List<JobPod> Superfluous(JobSpec spec, List<JobPod> active, JobLedger ledger, int wanted)
    {
        List<JobPod> delete = [];
        if (spec.IsIndexed)
        {
            var taken = new HashSet<int>();
            delete.AddRange(active.Where(p =>
                p.Index is not { } index || index >= spec.Completions || ledger.Completed.Contains(index) || ledger.FailedIndexes.Contains(index) || !taken.Add(index)));
        }

        int surplus = active.Count - delete.Count - wanted;
        if (surplus > 0)
        {
            delete.AddRange(active.Except(delete).OrderByDescending(p => p.Index ?? 0).ThenBy(p => p.IsReady).Take(surplus).ToList());
        }

        return delete;
    }

    private List<JobPodRequest> Missing(
        JobSpec spec, IReadOnlyList<JobPod> pods, JobLedger ledger, int missing, DateTimeOffset now, ref DateTimeOffset? wakeAt)
    {
        List<JobPodRequest> create = [];
        if (!spec.IsIndexed)
        {
            create.AddRange(Enumerable.Repeat(new JobPodRequest(null, default), Math.Max(0, missing)));
            return create;
        }

        var taken = pods.Where(p => spec.ReplacesFailedOnly ? !p.IsTerminal : p.IsActive).Select(p => p.Index).ToHashSet();
        for (int index = 0; index < spec.Completions && create.Count < missing; index++)
        {
            if (taken.Contains(index) || ledger.Completed.Contains(index) || ledger.FailedIndexes.Contains(index))
            {
                continue;
            }

            IndexFailures failures = ledger.FailuresOf(index);
            if (spec.BackoffLimitPerIndex is not null && Backoff(failures.Counted + failures.Ignored, failures.LastEnd) is { } due && due > now)
            {
                wakeAt = Earliest(wakeAt, due);
                continue;
            }

            create.Add(new JobPodRequest(index, failures));
        }

        return create;
    }

    private DateTimeOffset? Backoff(int failures, DateTimeOffset? last)
    {
        const int MaxDoublings = 16;
        if (failures == 0 || last is null)
        {
            return null;
        }

        TimeSpan wait = options.FailureBackoff * (1 << Math.Min(failures - 1, MaxDoublings));
        return last + (wait < options.MaxFailureBackoff ? wait : options.MaxFailureBackoff);
    }

    private static DateTimeOffset? Deadline(JobManifest job) =>
        job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: false } && job.Status.StartTime is { } start ? start + TimeSpan.FromSeconds(seconds) : null;

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private static JobCondition? Holds(JobManifest job, string type) => job.Status.Conditions.Find(c => c.Type == type && c.Status == "True");

    private static JobCondition Condition(string type, string reason, string message, DateTimeOffset now) =>
        new() { Type = type, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };
}
