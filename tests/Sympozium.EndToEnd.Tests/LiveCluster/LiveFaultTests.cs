using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>Faults of runs in pods of a cluster.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveFaultTests(LiveInstallation installation) : FaultContract
{
    /// <summary>A pod of a busy cluster takes seconds to start.</summary>
    protected override string ShortTimeout => "20s";

    protected override Task<AgentWorld> StartAsync(string script, bool graceless = false) => installation.StartWorldAsync(script);

    /// <summary>Another machine's processes cannot be seen from here; that the pod is gone was waited for.</summary>
    protected override Task AssertNoProcessesAsync(AgentWorld world, string? program = null) => Task.CompletedTask;
}
