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
        foreach (string folder in (string[])["crds", "manifests"])
        {
            string path = Path.Combine(RepositoryRoot.Path, "k8s", folder);
            string kustomization = Directory.GetFiles(path, "kustomization.y*ml").Single();
            string[] named = [.. YamlReader.ReadSingle(File.ReadAllText(kustomization), kustomization)!["resources"]!.AsArray().Select(r => (string)r!).Where(r => !r.StartsWith("..", StringComparison.Ordinal))];
            // The webhook is for gateways of their own; the small profile does not listen for it, and a webhook that nobody answers refuses everything.
            string[] present = [.. Directory.GetFiles(path, "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name is not ("kustomization.yaml" or "webhooks.yaml"))];
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
    public void External_HasNoControlPlane() =>
        Assert.DoesNotContain(new InstallManifests(null, null) { External = true }.Objects(), manifest => manifest.Kind is "Deployment" or "Service" or "PersistentVolumeClaim");

    [Fact]
    public void Yaml_ReadsBackAsTheSameObjects()
    {
        InstallManifests manifests = new(null, null);
        JsonNode?[] read = [.. YamlReader.ReadAll(manifests.ToYaml(), "printed").Select(document => document.Root)];
        Assert.True(JsonNode.DeepEquals(new JsonArray([.. read.Select(node => node!.DeepClone())]), new JsonArray([.. manifests.Objects().Select(manifest => manifest.Object.DeepClone())])));
    }
}
