namespace Sympozium.LocalCluster.Events;

/// <summary>When Events are written, and for how long they are kept.</summary>
public sealed class EventOptions
{
    /// <summary>
    /// How long Events wait for company before they are written, together. They are comments: what they comment on, such as the start of
    /// a pod, is not to wait for the disk because of them.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long an Event is kept; that of Kubernetes.</summary>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often Events are looked through for old ones.</summary>
    public TimeSpan ExpiryPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many Events of one component may wait; the oldest are dropped beyond it.</summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>How many Events about one object a component may post at once; after that one per <see cref="Refill"/>.</summary>
    public int Burst { get; set; } = 25;

    /// <summary>How long it takes until an object that used up its burst may have one more Event.</summary>
    public TimeSpan Refill { get; set; } = TimeSpan.FromMinutes(5);
}
