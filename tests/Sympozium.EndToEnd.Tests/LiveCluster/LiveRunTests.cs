using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>Runs in pods of a cluster.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveRunTests(LiveInstallation installation) : RunContract
{
    protected override Task<AgentWorld> StartAsync(string script, JsonObject? policy = null) => installation.StartWorldAsync(script, policy);
}
