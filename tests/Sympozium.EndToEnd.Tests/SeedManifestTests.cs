using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>The manifests of the documents that the product was asked from, applied unchanged by the real kubectl.</summary>
public sealed class SeedManifestTests : KubectlContract
{
    protected override async Task<AgentWorld> StartAsync(string script)
    {
        Installation installation = await Installation.StartAsync(script);
        foreach (string ns in (string[])["platform-team", "devops"])
        {
            _ = (await installation.Kubectl.RunAsync("create", "namespace", ns)).Success;
        }

        return installation;
    }
}
