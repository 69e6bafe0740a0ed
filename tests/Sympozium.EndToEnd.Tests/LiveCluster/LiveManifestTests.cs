using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>Everything under <c>k8s</c> is taken by the cluster's own API server.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveManifestTests(LiveInstallation installation)
{
    private static string Folder => Path.Combine(RepositoryRoot.Path, "k8s");

    [LiveClusterFact]
    public async Task Samples_AreAcceptedByTheServer()
    {
        // The old spellings too; demo-model.yaml is a script of the scripted model, no object.
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(Folder, "samples"), "*.yaml", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "demo-model.yaml")
            .Concat(Directory.EnumerateFiles(Path.Combine(Folder, "policies"), "*.yaml"))
            .SelectMany(file => new[] { "-f", file })];
        CliResult applied = await CliProcess.RunAsync(["apply", "--dry-run=server", .. files, "--kubeconfig", LiveEnvironment.Kubeconfig!]);
        Assert.True(applied.ExitCode == 0, applied.ToString());
    }

    [LiveClusterFact]
    public async Task Kustomizations_AreAcceptedByTheServer()
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        Assert.NotNull(installation.ControlPlane);
        foreach (string file in Directory.EnumerateFiles(Folder, "kustomization.y*ml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string folder = Path.GetDirectoryName(file)!;
            foreach (string[] how in (string[][])[[], ["--server-side", "--force-conflicts"]])
            {
                KubectlResult applied = await Kubectl.RunAsync(["apply", "--dry-run=server", .. how, "-k", folder]);
                Assert.True(applied.ExitCode == 0, $"{folder}: {applied.Errors}{applied.Output}");
            }
        }
    }

    [LiveClusterFact]
    public async Task Definitions_AreExplained()
    {
        Assert.NotNull(installation.ControlPlane);
        foreach (string kind in (string[])["agentruns", "sympoziuminstances", "agents", "sympoziumpolicies", "ensembles", "personapacks", "models", "mcpservers", "skillpacks", "sympoziumschedules", "toolapprovals", "sympoziumconfigs"])
        {
            KubectlResult explained = await ExplainAsync(kind);
            Assert.True(explained.ExitCode == 0, $"{kind}: {explained.Errors}");
        }
    }

    /// <summary>A server publishes schemas some seconds after it serves the resources.</summary>
    private static async Task<KubectlResult> ExplainAsync(string kind)
    {
        using var deadline = new CancellationTokenSource(LiveEnvironment.Patience);
        while (true)
        {
            KubectlResult explained = await Kubectl.RunAsync("explain", $"{kind}.spec", "--api-version=sympozium.ai/v1alpha1", "--recursive");
            if (explained.ExitCode == 0 || deadline.IsCancellationRequested)
            {
                return explained;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
        }
    }

    private static Kubectl Kubectl => LiveEnvironment.Kubectl();
}
