using System.Text.Json.Nodes;
using Sympozium.Gateway.Admission;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>k8s/manifests/webhooks/webhooks.yaml in a local cluster, with the webhook's address instead of a Service's, and the longest time-out.</summary>
internal static class WebhookRegistration
{
    public static readonly ResourceType[] Types = [AuthorityInjector.Mutating, AuthorityInjector.Validating];

    public static async Task CreateAsync(IKubernetesClient kubernetes, Uri address)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "k8s", "manifests", "webhooks", "webhooks.yaml"));
        JsonObject[] documents = [.. YamlReader.ReadAll(text, "webhooks.yaml").Select(document => (JsonObject)JsonNode.Parse(document.Root!.ToJsonString())!)];
        foreach (ResourceType type in Types)
        {
            JsonObject configuration = documents.Single(document => (string?)document["kind"] == type.Kind);
            foreach (JsonNode? webhook in (JsonArray)configuration["webhooks"]!)
            {
                string path = (string)webhook!["clientConfig"]!["service"]!["path"]!;
                webhook["timeoutSeconds"] = 30;
                webhook["clientConfig"] = new JsonObject { ["url"] = new Uri(address, path).ToString() };
            }

            await kubernetes.CreateAsync(type, configuration, CancellationToken.None);
        }
    }

    public static async Task DeleteAsync(IKubernetesClient kubernetes)
    {
        foreach (ResourceType type in Types)
        {
            await kubernetes.DeleteAsync(type, null, new AdmissionOptions().ConfigurationName, DeleteOptions.Background, CancellationToken.None);
        }
    }
}
