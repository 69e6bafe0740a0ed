namespace Sympozium.LocalCluster.Jobs;

/// <summary>Periods and limits of the Job controller.</summary>
public sealed class LocalJobOptions
{
    /// <summary>Jobs that are worked on at the same time.</summary>
    public int Workers { get; set; } = 8;

    /// <summary>Wait before the pod that replaces the first failed one; doubles with each further failure.</summary>
    public TimeSpan FailureBackoff { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait before a replacement.</summary>
    public TimeSpan MaxFailureBackoff { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>How long a change of <c>status.ready</c> alone may wait for company; short Jobs never write it.</summary>
    public TimeSpan ReadyDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before a Job is tried again whose work failed.</summary>
    public TimeSpan MaxErrorDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often all Jobs are looked at although nothing happened.</summary>
    public TimeSpan ResyncPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The node that pods are bound to.</summary>
    public string NodeName { get; set; } = "local";
}
