using System.Text.Json.Nodes;
using Sympozium.Gateway.Admission;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.Gateway.Tests.Admission;

/// <summary>What k8s/manifests/webhooks/webhooks.yaml registers is what the gateway serves.</summary>
public sealed class WebhookManifestTests
{
    private static readonly AdmissionOptions Options = new();

    [Theory]
    [InlineData("MutatingWebhookConfiguration", AdmissionEndpoint.MutatePath)]
    [InlineData("ValidatingWebhookConfiguration", AdmissionEndpoint.ValidatePath)]
    public void Configuration_OfTheManifest_FitsTheServer(string kind, string path)
    {
        JsonObject configuration = Documents().Single(document => (string?)document["kind"] == kind);
        JsonNode webhook = Assert.Single((JsonArray)configuration["webhooks"]!)!;
        JsonNode service = webhook["clientConfig"]!["service"]!;

        Assert.Equal(Options.ConfigurationName, (string?)configuration["metadata"]!["name"]);
        Assert.Equal((Options.ServiceName, Options.Namespace, path), ((string?)service["name"], (string?)service["namespace"], (string?)service["path"]));
        Assert.EndsWith(".sympozium.ai", (string?)webhook["name"], StringComparison.Ordinal);
        Assert.Equal(("Fail", "None", "Equivalent"), ((string?)webhook["failurePolicy"], (string?)webhook["sideEffects"], (string?)webhook["matchPolicy"]));
        Assert.All((JsonArray)webhook["rules"]!, rule => Assert.Equal(["sympozium.ai"], ((JsonArray)rule!["apiGroups"]!).Select(group => (string?)group)));

        // The server gives up first, so that the answer says why.
        Assert.True(TimeSpan.FromSeconds((int)webhook["timeoutSeconds"]!) > Options.ReviewTimeout);
    }

    [Fact]
    public void Service_OfTheManifest_LeadsToTheServersPort()
    {
        JsonObject service = Documents().Single(document => (string?)document["kind"] == "Service");
        Assert.Equal(Options.ServiceName, (string?)service["metadata"]!["name"]);
        Assert.Equal(Options.Port, (int?)service["spec"]!["ports"]![0]!["targetPort"]);
    }

    private static IEnumerable<JsonObject> Documents() =>
        YamlReader.ReadAll(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "k8s", "manifests", "webhooks", "webhooks.yaml")), "webhooks.yaml")
            .Select(document => (JsonObject)JsonNode.Parse(document.Root!.ToJsonString())!);
}
