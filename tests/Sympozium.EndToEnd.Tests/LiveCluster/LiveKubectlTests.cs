using System.Text.RegularExpressions;
using Sympozium.EndToEnd.Tests.Contracts;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>Runs by the hand of a person on a cluster.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed partial class LiveKubectlTests(LiveInstallation installation) : KubectlContract
{
    protected override Task<AgentWorld> StartAsync(string script) => installation.StartWorldAsync(script);

    /// <summary>The documents' namespaces may be somebody's there.</summary>
    protected override async Task<KubectlResult> ApplyAsync(AgentWorld world, string file)
    {
        string manifest = Namespaced().Replace(await File.ReadAllTextAsync(file), $"$1{world.Team}");
        return await world.Kubectl.RunAsync(manifest, ["apply", "-n", world.Team, "-f", "-"]);
    }

    [GeneratedRegex("^(  namespace: ).*$", RegexOptions.Multiline)]
    private static partial Regex Namespaced();
}
