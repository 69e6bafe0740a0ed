namespace Sympozium.LocalCluster.Jobs;

/// <summary>
/// Which of a Job's pods have been counted. A pod counts once, also when it is deleted afterwards; one that vanishes before it
/// ended counts as failed, unless the Job was suspended. What was counted before this process started is taken from the
/// stored status. Used by the worker that has the Job's key only.
/// </summary>
internal sealed class JobLedger
{
    private readonly HashSet<string> _active = new(StringComparer.Ordinal);
    private readonly HashSet<string> _succeeded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _dismissed = new(StringComparer.Ordinal);
    private readonly int _earlierSucceeded;
    private readonly int _earlierFailed;

    public JobLedger(JobStatusSeen status, IReadOnlyList<JobPod> pods)
    {
        _earlierSucceeded = Math.Max(0, status.Succeeded - pods.Count(p => p.Phase == "Succeeded"));
        _earlierFailed = Math.Max(0, status.Failed - pods.Count(p => p.Phase == "Failed"));

        // Whatever the status speaks of and is not there was deleted while nobody watched.
        int vanished = status.Active + status.Succeeded + status.Failed - pods.Count - _earlierSucceeded - _earlierFailed;
        _earlierFailed += Math.Max(0, vanished);
    }

    public int Succeeded => _earlierSucceeded + _succeeded.Count;

    public int Failed => _earlierFailed + _failed.Count;

    /// <summary>When the last failure was seen.</summary>
    public DateTimeOffset? LastFailure { get; private set; }

    /// <summary>When a change of <c>ready</c> alone is to be written; null when there is none.</summary>
    public DateTimeOffset? ReadyDue { get; set; }

    /// <summary>The Job is suspended and this pod deleted for that: its end says nothing about the Job.</summary>
    public void Dismiss(string uid) => _dismissed.Add(uid);

    public void Count(IReadOnlyList<JobPod> pods, DateTimeOffset now)
    {
        foreach (JobPod pod in pods)
        {
            if (pod.Phase == "Succeeded")
            {
                _active.Remove(pod.Uid);
                _succeeded.Add(pod.Uid);
            }
            else if (pod.Phase == "Failed")
            {
                Fail(pod.Uid, pod.EndedAt ?? now);
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
    }

    private void Fail(string uid, DateTimeOffset at)
    {
        _active.Remove(uid);
        if (!_dismissed.Contains(uid) && _failed.Add(uid))
        {
            LastFailure = LastFailure > at ? LastFailure : at;
        }
    }
}
