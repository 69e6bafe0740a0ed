namespace Sympozium.Kubernetes.Watching;

/// <summary>How keys are worked on.</summary>
public sealed class ReconcileQueueOptions
{
    /// <summary>Keys worked on at a time.</summary>
    /// <value>Default 64: the work waits for I/O most of the time.</value>
    public int Concurrency { get; set; } = 64;

    /// <summary>Pause after the first failure; it doubles with each further one.</summary>
    /// <value>Default 50 ms.</value>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause.</summary>
    /// <value>Default 1 min.</value>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(1);
}
