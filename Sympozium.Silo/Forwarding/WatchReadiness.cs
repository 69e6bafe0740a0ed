using Sympozium.Gateway.Hosting;

namespace Sympozium.Silo.Forwarding;

/// <summary>Runs do not move while a watch is not in order. The forwarder is asked for when it is needed: it starts after the gateway that asks.</summary>
internal sealed class WatchReadiness(Func<WatchForwarder> forwarder) : IGatewayReadiness
{
    /// <inheritdoc/>
    public IEnumerable<string> Missing() => forwarder().IsHealthy ? [] : ["watches: some have not listed yet, or broke"];
}
