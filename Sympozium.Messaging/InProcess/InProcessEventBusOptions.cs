namespace Sympozium.Messaging.InProcess;

/// <summary>Limits of the <see cref="InProcessEventBus"/>.</summary>
public sealed class InProcessEventBusOptions
{
    /// <summary>Events that wait for one subscriber at most; one more ends its subscription with an overload.</summary>
    /// <value>Default 8192, at least 1.</value>
    public int SubscriberCapacity { get; set; } = 8192;

    /// <summary>Ids that are remembered to drop repeated events.</summary>
    /// <value>Default 16384; 0 turns deduplication off.</value>
    public int DedupeCapacity { get; set; } = 16_384;

    /// <summary>How long an id is remembered.</summary>
    /// <value>Default 2 minutes, as NATS JetStream has it.</value>
    public TimeSpan DedupeWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Events that wait for one durable consumer at most; one more is refused to its publisher.</summary>
    /// <value>Default 65536, at least 1.</value>
    public int DurableCapacity { get; set; } = 65_536;

    /// <summary>Parked events that are kept; the oldest goes first.</summary>
    /// <value>Default 1024, at least 1.</value>
    public int ParkedCapacity { get; set; } = 1024;
}
