using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>OpenAI's library against a control plane whose pods run on a cluster.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveOpenAiTests(LiveInstallation installation) : OpenAiContract
{
    protected override Task<AgentWorld> StartAsync(string script) => installation.StartWorldAsync(script);
}
