using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>
/// The definitions and samples on the cluster that SYMPOZIUM_TEST_KUBECONFIG names. A definition that is there with other contents
/// is brought up to date only when it has no objects; what this test creates it deletes again.
/// </summary>
[Trait("Category", "LiveCluster")]
public sealed class LiveCrdTests : IDisposable
{
    private const string Variable = "SYMPOZIUM_TEST_KUBECONFIG";

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [LiveClusterFact]
    public async Task DefinitionsAndSamples_AreValidOnTheLiveCluster()
    {
        // kubectl keeps its discovery cache beside the kubeconfig: a copy keeps it out of the user's folder.
        string kubeconfig = _home["kubeconfig"];
        File.Copy(Environment.GetEnvironmentVariable(Variable)!, kubeconfig);
        var kubectl = new Kubectl(kubeconfig);
        string space = $"sympozium-crds-{Guid.NewGuid().ToString("N")[..8]}";
        var created = new List<string>();
        try
        {
            await ApplyDefinitionsAsync(kubectl, created);
            _ = (await kubectl.RunAsync("create", "namespace", space)).Success;
            foreach (string file in SampleManifests.Files.Where(file => !File.ReadAllText(file).Contains("\n  namespace: ", StringComparison.Ordinal)))
            {
                _ = (await kubectl.RunAsync("apply", "-n", space, "--server-side", "--dry-run=server", "-f", file)).Success;
                _ = (await kubectl.RunAsync("apply", "-n", space, "--dry-run=server", "-f", file)).Success;
            }

            foreach (string name in created)
            {
                _ = (await kubectl.RunAsync("explain", name.Split('.')[0], "--api-version=sympozium.ai/v1alpha1", "--recursive")).Success;
            }
        }
        finally
        {
            await kubectl.RunAsync("delete", "namespace", space, "--ignore-not-found", "--wait=false");
            foreach (string name in created)
            {
                await kubectl.RunAsync("delete", "crd", name, "--ignore-not-found", "--wait=false");
            }
        }
    }

    /// <summary>Applies the definitions; refuses to change one that is there with other contents and with objects.</summary>
    private static async Task ApplyDefinitionsAsync(Kubectl kubectl, List<string> created)
    {
        foreach (string file in Directory.EnumerateFiles(SampleManifests.Crds, "*.yaml").Order(StringComparer.Ordinal))
        {
            string name = SampleManifests.Value(await File.ReadAllTextAsync(file), "name: ", occurrence: 1);
            bool exists = (await kubectl.RunAsync("get", "crd", name, "--ignore-not-found", "-o", "name")).Success.Length > 0;
            if (exists && (await kubectl.RunAsync("diff", "--server-side", "--force-conflicts", "-f", file)).ExitCode == 0)
            {
                continue;
            }

            string objects = exists ? (await kubectl.RunAsync("get", name, "--all-namespaces", "-o", "name")).Success : "";
            Assert.True(
                objects.Length == 0,
                $"The cluster has another definition '{name}' and objects of it; this test does not change it. Name another cluster in {Variable}.");
            if (!exists)
            {
                created.Add(name);
            }

            string applied = (await kubectl.RunAsync("apply", "--server-side", "--force-conflicts", "-f", file)).Success;
            Assert.Contains("serverside-applied", applied, StringComparison.Ordinal);
            _ = (await kubectl.RunAsync("wait", "--for=condition=Established", "--timeout=60s", $"crd/{name}")).Success;
        }
    }

    /// <summary>A test that needs a live cluster; skipped with the reason where none is named.</summary>
    private sealed class LiveClusterFactAttribute : FactAttribute
    {
        public LiveClusterFactAttribute()
        {
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            {
                Skip = $"{Variable} names no kubeconfig.";
            }
        }
    }
}
