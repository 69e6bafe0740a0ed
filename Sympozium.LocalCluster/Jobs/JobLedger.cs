namespace Sympozium.LocalCluster.Jobs;

/// <summary>How often an index has failed, and when last.</summary>
internal readonly record struct IndexFailures(int Counted, int Ignored, DateTimeOffset LastEnd);

/// <summary>
/// Which of a Job's pods have been counted. A pod counts once, also when it is deleted afterwards; one that is deleted or vanishes before it
/// ended counts as failed (unless the Job was suspended), as Kubernetes counts it. What was counted before this process started is taken
/// from the stored status. Used by the worker that has the Job's key only.
/// </summary>
internal sealed class JobLedger
{
    private readonly HashSet<string> _active = new(StringComparer.Ordinal);
    private readonly HashSet<string> _succeeded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);
    private readonly HashSet<string> _dismissed = new(StringComparer.Ordinal);
    private readonly Dictionary<int, IndexFailures> _failuresByIndex = [];
    private readonly int _earlierSucceeded;
    private readonly int _earlierFailed;

    public JobLedger(JobManifest job, IReadOnlyList<JobPod> pods)
    {
        JobStatusSeen status = job.Status;
        int limit = job.Spec.Completions ?? 0;
        Completed = IndexSet.Parse(status.CompletedIndexes, limit);
        FailedIndexes = IndexSet.Parse(status.FailedIndexes, limit);
        List<JobPod> known = [.. pods.Where(p => !IsFailed(job.Spec, p) || PodFailurePolicy.Match(job.Spec.PodFailurePolicy, p).Action != PodFailurePolicy.Ignore)];
        _earlierSucceeded = Math.Max(0, status.Succeeded - known.Count(p => p.Phase == "Succeeded"));
        _earlierFailed = Math.Max(0, status.Failed - known.Count(p => IsFailed(job.Spec, p)));

        // Whatever the status speaks of and is not there was deleted while nobody watched.
        int vanished = status.Active + status.Succeeded + status.Failed - known.Count - _earlierSucceeded - _earlierFailed;
        _earlierFailed += Math.Max(0, vanished);
    }

    public int Succeeded => _earlierSucceeded + _succeeded.Count;

    public int Failed => _earlierFailed + _failed.Count;

    /// <summary>Indexes of an indexed Job that succeeded.</summary>
    public IndexSet Completed { get; }

    /// <summary>Indexes of an indexed Job that failed for good.</summary>
    public IndexSet FailedIndexes { get; }

    /// <summary>Why the Job fails as a whole, when a pod says so by the failure policy.</summary>
    public string? FailJobMessage { get; private set; }

    /// <summary>Failures since the last success; the wait before a new pod grows with it.</summary>
    public int FailuresInARow { get; private set; }

    /// <summary>When the last failure was seen.</summary>
    public DateTimeOffset? LastFailure { get; private set; }

    /// <summary>When a change of <c>ready</c> alone is to be written; null when there is none.</summary>
    public DateTimeOffset? ReadyDue { get; set; }

    /// <summary>What an index has behind it.</summary>
    public IndexFailures FailuresOf(int index) => _failuresByIndex.GetValueOrDefault(index);

    /// <summary>The Job is suspended and this pod deleted for that: its end says nothing about the Job.</summary>
    public void Dismiss(string uid) => _dismissed.Add(uid);

    public void Count(JobManifest job, IReadOnlyList<JobPod> pods, DateTimeOffset now)
    {
        foreach (JobPod pod in pods.OrderBy(p => p.EndedAt ?? now))
        {
            if (pod.Phase == "Succeeded")
            {
                Succeed(job, pod);
            }
            else if (IsFailed(job.Spec, pod))
            {
                Fail(job, pod, pod.EndedAt ?? now);
            }
            else
            {
                _active.Add(pod.Uid);
            }
        }

        foreach (string gone in _active.Except(pods.Select(p => p.Uid)).ToList())
        {
            Fail(gone, now);
        }

        FailedIndexes.ExceptWith(Completed);
    }

    /// <summary>The Job has failed: whatever still ran when its pods were deleted counts as failed.</summary>
    public void FailRest(IEnumerable<JobPod> deleted, DateTimeOffset now)
    {
        foreach (JobPod pod in deleted)
        {
            Fail(pod.Uid, now);
        }
    }

    private static bool IsFailed(JobSpec spec, JobPod pod) =>
        pod.Phase == "Failed" || pod is { IsTerminating: true, IsTerminal: false } && !spec.ReplacesFailedOnly;

    private void Succeed(JobManifest job, JobPod pod)
    {
        _active.Remove(pod.Uid);
        if (!_failed.Contains(pod.Uid) && _succeeded.Add(pod.Uid))
        {
            FailuresInARow = LastFailure is null || pod.EndedAt >= LastFailure ? 0 : FailuresInARow;
            if (pod.Index is { } index && index < job.Spec.Completions)
            {
                Completed.Add(index);
            }
        }
    }

    private void Fail(JobManifest job, JobPod pod, DateTimeOffset at)
    {
        if (_failed.Contains(pod.Uid) || _ignored.Contains(pod.Uid) || _dismissed.Contains(pod.Uid))
        {
            return;
        }

        (string action, string message) = PodFailurePolicy.Match(job.Spec.PodFailurePolicy, pod);
        if (action == PodFailurePolicy.FailJob)
        {
            FailJobMessage ??= message;
        }

        bool ignored = action == PodFailurePolicy.Ignore;
        if (pod.Index is { } index && index < job.Spec.Completions)
        {
            int counted = pod.IndexFailures + (ignored ? 0 : 1);
            _failuresByIndex[index] = new IndexFailures(counted, pod.IgnoredIndexFailures + (ignored ? 1 : 0), at);
            if (job.Spec.BackoffLimitPerIndex is { } limit && (action == PodFailurePolicy.FailIndex || counted > limit))
            {
                FailedIndexes.Add(index);
            }
        }

        if (ignored)
        {
            // It does not count against the limit, but what comes after it waits all the same.
            _active.Remove(pod.Uid);
            _ignored.Add(pod.Uid);
            Slow(at);
        }
        else
        {
            Fail(pod.Uid, at);
        }
    }

    private void Fail(string uid, DateTimeOffset at)
    {
        _active.Remove(uid);
        if (!_dismissed.Contains(uid) && _failed.Add(uid))
        {
            Slow(at);
        }
    }

    private void Slow(DateTimeOffset at)
    {
        LastFailure = LastFailure > at ? LastFailure : at;
        FailuresInARow++;
    }
}
