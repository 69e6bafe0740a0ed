using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>
/// The definitions and samples on a cluster that does not know the product: a fresh local one, and the one that SYMPOZIUM_TEST_KUBECONFIG
/// names. A definition that is there with other contents is brought up to date only when it has no objects; what a test creates it
/// deletes again.
/// </summary>
public sealed class LiveCrdTests : IDisposable
{
    /// <summary>Somebody else's definition of the same name.</summary>
    private const string ForeignModels = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: models.sympozium.ai}
        spec:
          group: sympozium.ai
          scope: Namespaced
          names: {kind: Model, plural: models}
          versions:
            - name: v1alpha1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """;

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [LiveClusterFact]
    [Trait("Category", "LiveCluster")]
    public async Task LiveCluster_TakesDefinitionsAndSamples()
    {
        // kubectl keeps its discovery cache beside the kubeconfig: a copy keeps it out of the user's folder.
        string kubeconfig = _home["kubeconfig"];
        File.Copy(LiveEnvironment.Kubeconfig!, kubeconfig);
        await CheckAsync(new Kubectl(kubeconfig));
    }

    [Fact]
    public async Task FreshLocalCluster_TakesDefinitionsAndSamplesAndLosesThemAgain()
    {
        await using LocalClusterHost cluster = await LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = _home["data"], Port = 0 });
        var kubectl = new Kubectl(cluster.KubeconfigPath);

        await CheckAsync(kubectl);

        Assert.Empty((await kubectl.RunAsync("get", "crd", "-o", "name")).Success);
    }

    [Fact]
    public async Task ForeignDefinitionWithObjects_IsLeftAlone()
    {
        await using LocalClusterHost cluster = await LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = _home["data"], Port = 0 });
        var kubectl = new Kubectl(cluster.KubeconfigPath);
        _ = (await kubectl.RunAsync(ForeignModels, ["apply", "-f", "-"])).Success;
        _ = (await kubectl.RunAsync("wait", "--for=condition=Established", "--timeout=60s", "crd/models.sympozium.ai")).Success;
        _ = (await kubectl.RunAsync("""{"apiVersion":"sympozium.ai/v1alpha1","kind":"Model","metadata":{"name":"mine"},"spec":{}}""", ["create", "-f", "-"])).Success;

        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => CheckAsync(kubectl));

        Assert.Contains("The cluster has another definition 'models.sympozium.ai' and objects of it", refused.Message, StringComparison.Ordinal);
        Assert.Equal("model.sympozium.ai/mine\n", (await kubectl.RunAsync("get", "models", "-o", "name")).Success);
        Assert.Equal("customresourcedefinition.apiextensions.k8s.io/models.sympozium.ai\n", (await kubectl.RunAsync("get", "crd", "-o", "name")).Success);
    }

    private static async Task CheckAsync(Kubectl kubectl)
    {
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
                await kubectl.RunAsync("delete", "crd", name, "--ignore-not-found", "--timeout=60s");
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
                $"The cluster has another definition '{name}' and objects of it; this test does not change it. Name another cluster in {LiveEnvironment.KubeconfigVariable}.");
            if (!exists)
            {
                created.Add(name);
            }

            string applied = (await kubectl.RunAsync("apply", "--server-side", "--force-conflicts", "-f", file)).Success;
            Assert.Contains("serverside-applied", applied, StringComparison.Ordinal);
            _ = (await kubectl.RunAsync("wait", "--for=condition=Established", "--timeout=60s", $"crd/{name}")).Success;
        }

        // Established is a moment before listed; kubectl finds kinds by the list, which this command reads anew.
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!created.All((await kubectl.RunAsync("api-resources", "--api-group=sympozium.ai", "-o", "name")).Success.Split('\n').Contains))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, deadline.Token);
        }
    }
}
