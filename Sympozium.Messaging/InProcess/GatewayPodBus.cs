using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.InProcess;

/// <summary>Pods publish through the gateway, which hands results to the run's grain before it publishes them.</summary>
public sealed class GatewayPodBus : IPodBus
{
    /// <inheritdoc/>
    public PodBusAccess? Grant(ResourceKey run, string runUid, TimeSpan lifetime) => null;

    /// <inheritdoc/>
    public Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken) => Task.FromResult<BusEvent?>(null);
}
