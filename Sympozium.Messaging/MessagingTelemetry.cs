using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sympozium.Messaging;

/// <summary>Traces and metrics of the event bus.</summary>
public static class MessagingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Sympozium.Messaging";

    private static readonly Meter Meter = new(Name);

    internal static ActivitySource Source { get; } = new(Name);

    internal static Counter<long> Published { get; } = Meter.CreateCounter<long>("sympozium.bus.published", "{event}", "Events that the bus has confirmed");

    internal static Counter<long> Handled { get; } = Meter.CreateCounter<long>("sympozium.bus.handled", "{event}", "Events that a durable consumer has handled");

    internal static Counter<long> Redelivered { get; } = Meter.CreateCounter<long>("sympozium.bus.redelivered", "{event}", "Events that a durable consumer will see again");

    internal static Counter<long> ParkedEvents { get; } = Meter.CreateCounter<long>("sympozium.bus.parked", "{event}", "Events that a durable consumer set aside");
}
