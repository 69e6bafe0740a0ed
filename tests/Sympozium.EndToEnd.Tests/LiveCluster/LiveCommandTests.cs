using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>The <c>sympozium</c> command with a kubeconfig of a cluster.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveCommandTests(LiveInstallation installation) : CommandContract
{
    protected override bool SeesEvents => false;

    protected override Task<AgentWorld> StartAsync(string script) => installation.StartWorldAsync(script);
}
