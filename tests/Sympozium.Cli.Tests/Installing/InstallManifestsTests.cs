using System.Text.Json.Nodes;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Installing;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.Cli.Tests.Installing;

public sealed class InstallManifestsTests
{
    [Fact]
    public void Manifests_AreThoseOfTheRepository_InAnOrderThatWorks()
    {
        string[] kinds = [.. new InstallManifests(null, null).Objects().Select(manifest => manifest.Kind)];
        Assert.Equal("Namespace", kinds[0]);
        Assert.True(Array.LastIndexOf(kinds, "CustomResourceDefinition") < Array.IndexOf(kinds, "ClusterRole"));
        Assert.True(Array.LastIndexOf(kinds, "RoleBinding") < Array.IndexOf(kinds, "Deployment"));
        int definitions = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml").Length;
        Assert.Equal(definitions, kinds.Count(kind => kind == "CustomResourceDefinition"));
    }

    [Fact]
    public void Kustomizations_NameEveryFile()
    {
        foreach (string folder in (string[])["crds", "manifests", "manifests/webhooks"])
        {
            string path = Path.Combine(RepositoryRoot.Path, "k8s", folder);
            string kustomization = Directory.GetFiles(path, "kustomization.y*ml").Single();
            string[] named = [.. YamlReader.ReadSingle(File.ReadAllText(kustomization), kustomization)!["resources"]!.AsArray().Select(r => (string)r!).Where(r => !r.StartsWith("..", StringComparison.Ordinal))];
            string[] present = [.. Directory.GetFiles(path, "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name is not "kustomization.yaml")];
            Assert.Equal(present.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Images_ThatAreGiven_StandInTheDeployment()
    {
        ManifestObject deployment = new InstallManifests("registry/silo:7", "registry/runner:7").Objects().Single(manifest => manifest.Kind == "Deployment");
        JsonNode container = deployment.Object["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal("registry/silo:7", (string?)container["image"]);
        Assert.Contains("registry/runner:7", container["args"]!.AsArray().Select(argument => (string?)argument));
    }

    [Fact]
    public void Volume_IsOfTheClassThatIsGiven_OrThereIsNone()
    {
        IReadOnlyList<ManifestObject> fast = new InstallManifests(null, null) { StorageClass = "fast" }.Objects();
        Assert.Equal("fast", (string?)fast.Single(manifest => manifest.Kind == "PersistentVolumeClaim").Object["spec"]!["storageClassName"]);

        IReadOnlyList<ManifestObject> without = new InstallManifests(null, null) { WithoutVolume = true }.Objects();
        Assert.DoesNotContain(without, manifest => manifest.Kind == "PersistentVolumeClaim");
        JsonArray volumes = without.Single(manifest => manifest.Kind == "Deployment").Object["spec"]!["template"]!["spec"]!["volumes"]!.AsArray();
        Assert.Equal(["data", "tmp"], volumes.Select(volume => (string?)volume!["name"]));
        Assert.All(volumes, volume => Assert.NotNull(volume!["emptyDir"]));
    }

    [Fact]
    public void External_HasNoControlPlane() =>
        Assert.DoesNotContain(new InstallManifests(null, null) { External = true }.Objects(), manifest => manifest.Kind is "Deployment" or "Service" or "PersistentVolumeClaim");

    [Theory]
    [InlineData("manifests", false)]
    [InlineData("overlays/webhook", true)]
    public async Task Kustomization_MakesTheSameObjects(string folder, bool webhook)
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        using var home = new TemporaryDirectory();
        KubectlResult built = await new Kubectl(home["kubeconfig"]).RunAsync("kustomize", Path.Combine(RepositoryRoot.Path, "k8s", folder));
        JsonObject[] expected = [.. YamlReader.ReadAll(built.Success, folder).Select(document => (JsonObject)document.Root!)];
        IReadOnlyList<ManifestObject> objects = new InstallManifests(null, null) { Webhook = webhook }.Objects();
        Assert.Equal(expected.Select(Identity).Order(StringComparer.Ordinal), objects.Select(manifest => Identity(manifest.Object)).Order(StringComparer.Ordinal));
        foreach (JsonObject resource in expected)
        {
            Assert.True(JsonNode.DeepEquals(resource, objects.Single(manifest => Identity(manifest.Object) == Identity(resource)).Object), Identity(resource));
        }
    }

    [Theory]
    [InlineData("overlays/webhook")]
    [InlineData("cluster")]
    public async Task Uninstallation_KnowsEverythingThatAKustomizationMakes(string folder)
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        using var home = new TemporaryDirectory();
        KubectlResult built = await new Kubectl(home["kubeconfig"]).RunAsync("kustomize", Path.Combine(RepositoryRoot.Path, "k8s", folder));
        IEnumerable<string> made = YamlReader.ReadAll(built.Success, folder).Select(document => Identity((JsonObject)document.Root!));
        Assert.Empty(made.Except(new InstallManifests(null, null) { Webhook = true, WithClusterProfile = true }.Objects().Select(manifest => Identity(manifest.Object))));
    }

    [Fact]
    public void Webhook_IsRegisteredLast_AndWhoAnswersListens()
    {
        IReadOnlyList<ManifestObject> objects = new InstallManifests(null, null) { Webhook = true }.Objects();
        Assert.Equal("ValidatingWebhookConfiguration", objects[^1].Kind);
        JsonNode container = objects.Single(manifest => manifest.Kind == "Deployment").Object["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Contains("Sympozium__Admission__Enabled", container["env"]!.AsArray().Select(variable => (string?)variable!["name"]));
        Assert.Contains("9443", container["ports"]!.AsArray().Select(port => port!["containerPort"]!.ToJsonString()));
    }

    [Fact]
    public void Yaml_ReadsBackAsTheSameObjects()
    {
        InstallManifests manifests = new(null, null);
        JsonNode?[] read = [.. YamlReader.ReadAll(manifests.ToYaml(), "printed").Select(document => document.Root)];
        Assert.True(JsonNode.DeepEquals(new JsonArray([.. read.Select(node => node!.DeepClone())]), new JsonArray([.. manifests.Objects().Select(manifest => manifest.Object.DeepClone())])));
    }

    private static string Identity(JsonObject resource) => $"{resource["kind"]} {resource["metadata"]!["namespace"]}/{resource["metadata"]!["name"]}";
}
