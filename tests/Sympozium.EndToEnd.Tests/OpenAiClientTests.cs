using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>OpenAI's library against a control plane on this machine.</summary>
public sealed class OpenAiClientTests : OpenAiContract
{
    protected override async Task<AgentWorld> StartAsync(string script) => await Installation.StartAsync(script);
}
