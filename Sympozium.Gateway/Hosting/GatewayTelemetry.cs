using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sympozium.Gateway.Hosting;

/// <summary>The gateway's activity source and meter; the instruments stand beside what they measure.</summary>
internal static class GatewayTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Sympozium.Gateway";

    public static ActivitySource Source { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);
}
