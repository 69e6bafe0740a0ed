namespace Sympozium.LocalCluster.Controllers;

/// <summary>Periods and limits of the controllers of workloads and services.</summary>
public sealed class ControllerOptions
{
    /// <summary>Objects of one kind that are worked on at the same time.</summary>
    /// <value>Default 4.</value>
    public int Workers { get; set; } = 4;

    /// <summary>Longest wait before an object is tried again whose work failed.</summary>
    /// <value>Default 10 s.</value>
    public TimeSpan MaxErrorDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often everything is looked at although nothing happened.</summary>
    /// <value>Default 10 min.</value>
    public TimeSpan ResyncPeriod { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the node says that it is there.</summary>
    /// <value>Default 10 s, as a kubelet.</value>
    public TimeSpan NodeLeasePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the node describes itself anew.</summary>
    /// <value>Default 5 min, as a kubelet.</value>
    public TimeSpan NodeStatusPeriod { get; set; } = TimeSpan.FromMinutes(5);
}
