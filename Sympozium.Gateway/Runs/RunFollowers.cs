using Sympozium.Abstractions;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Runs;

/// <summary>Makes <see cref="RunFollower"/>s.</summary>
internal sealed class RunFollowers(RunEventHub hub, IKubernetesClient kubernetes, GatewayOptions options, TimeProvider time)
{
    /// <summary>Follows a run from an event on; 0 is its start.</summary>
    public RunFollower Follow(ResourceKey run, long position = 0) => new(run, position, hub, kubernetes, options, time);
}
