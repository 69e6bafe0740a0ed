using System.Text.Json.Nodes;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Clusters;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Demo;

/// <summary>What the demo puts into the cluster: the objects of <c>k8s/samples/demo.yaml</c> and the provider's secret.</summary>
internal sealed class DemoResources(ClusterSession cluster, CliContext context)
{
    public const string Instance = "demo";
    private const string Secret = "demo-provider";
    private const string ProviderLabel = "sympozium.ai/provider";

    /// <summary>The folder of the samples beside this program.</summary>
    public static string SampleFile(string name) => Path.Combine(AppContext.BaseDirectory, "samples", name);

    public async Task ApplyAsync(DemoProvider provider, CancellationToken cancellationToken)
    {
        if (provider.Key is { } key)
        {
            await WriteSecretAsync(provider, key, cancellationToken);
        }
        Applier applier = new(cluster, new ApplyOptions());
        foreach (ManifestObject manifest in await new ManifestLoader(context).LoadAsync([SampleFile("demo.yaml")], recursive: false, cancellationToken))
        {
            // With the scripted model the object stays as the file has it, so that applying the file again changes nothing.
            if (manifest.Kind == "SympoziumInstance" && !provider.IsScripted)
            {
                Adapt(manifest.Object, provider);
            }
            await applier.ApplyAsync(manifest, null, cancellationToken);
        }
    }

    private static void Adapt(JsonObject instance, DemoProvider provider)
    {
        instance["metadata"]!["labels"] = new JsonObject { [ProviderLabel] = provider.Name };
        JsonObject agent = instance["spec"]!["agents"]!["default"]!.AsObject();
        agent["model"] = provider.Model;
        if (provider.BaseUrl is not null)
        {
            agent["baseURL"] = provider.BaseUrl;
        }
        instance["spec"]!["authRefs"] = provider.Key is null ? [] : new JsonArray(new JsonObject { ["provider"] = provider.Name, ["secret"] = Secret });
    }

    // Not by client-side apply, which would keep a copy of the key in an annotation. What an earlier demo left in the secret goes: with the
    // scripted model's base URL in it, a real provider's key would be sent there.
    private async Task WriteSecretAsync(DemoProvider provider, string key, CancellationToken cancellationToken)
    {
        JsonObject data = new() { [provider.KeyName] = Encode(key) };
        if (provider is { BaseUrl: not null, IsScripted: true })
        {
            data["OPENAI_BASE_URL"] = Encode(provider.BaseUrl);
        }
        JsonObject secret = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = Secret, ["namespace"] = cluster.Namespace },
            ["type"] = "Opaque",
            ["data"] = data,
        };
        if (await cluster.Client.GetAsync(CoreTypes.Secrets, cluster.Namespace, Secret, cancellationToken) is not { } current)
        {
            await cluster.Client.CreateAsync(CoreTypes.Secrets, secret, cancellationToken);
            return;
        }
        foreach (string stale in (current["data"] as JsonObject ?? []).Select(entry => entry.Key).Where(name => !data.ContainsKey(name)))
        {
            data[stale] = null;
        }
        Patch patch = new(PatchType.Merge, new JsonObject { ["data"] = data.DeepClone() });
        await cluster.Client.PatchAsync(CoreTypes.Secrets, cluster.Namespace, Secret, patch, null, cancellationToken);
    }

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
