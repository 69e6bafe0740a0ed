using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>A namespace of one test on a cluster, with an instance in it; gone in the end. Waits by watch.</summary>
internal sealed class ClusterTeam : IAsyncDisposable
{
    public const string Instance = "helper";

    private ClusterTeam(KubernetesClient client, string ns)
    {
        Client = client;
        Namespace = ns;
    }

    public KubernetesClient Client { get; }

    public string Namespace { get; }

    public static async Task<ClusterTeam> CreateAsync(string kubeconfig, string modelUrl)
    {
        KubernetesClient client = new(Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        ClusterTeam team = new(client, $"sympozium-test-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}");
        await client.CreateAsync(CoreTypes.Namespaces, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = team.Namespace } }, CancellationToken.None);
        await team.CreateAsync(CoreTypes.Secrets, "provider", new JsonObject { ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = Installation.ProviderKey, ["OPENAI_BASE_URL"] = modelUrl } });
        await team.CreateAsync(SympoziumTypes.Instances, Instance, new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["agents"] = new JsonObject { ["default"] = new JsonObject { ["model"] = "scripted" } },
                ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = "provider" }),
                ["systemPrompt"] = "You are a test.",
            },
        });
        return team;
    }

    public Task<JsonObject> CreateAsync(ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace };
        return Client.CreateAsync(type, content, CancellationToken.None);
    }

    public Task<JsonObject> CreateRunAsync(string name, string task) => CreateAsync(
        SympoziumTypes.AgentRuns, name, new JsonObject { ["spec"] = new JsonObject { ["instanceRef"] = Instance, ["task"] = task } });

    public Task<JsonObject> WaitForEndAsync(string run) => WaitForAsync(
        SympoziumTypes.AgentRuns, $"metadata.name={run}", null, resource => RunPhase.IsTerminal((string?)resource["status"]?["phase"]));

    public Task<JsonObject> WaitForPhaseAsync(string run, string phase) => WaitForAsync(
        SympoziumTypes.AgentRuns, $"metadata.name={run}", null, resource => (string?)resource["status"]?["phase"] == phase);

    /// <summary>Waits until one of the selected objects is as wanted.</summary>
    public async Task<JsonObject> WaitForAsync(ResourceType type, string? fields, string? labels, Func<JsonObject, bool> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        JsonObject? last = null;
        try
        {
            while (true)
            {
                await foreach (WatchEvent change in Client.WatchAsync(type, Namespace, new WatchOptions { FieldSelector = fields, LabelSelector = labels }, deadline.Token))
                {
                    if (change.Type is WatchEventType.Added or WatchEventType.Modified)
                    {
                        last = change.Resource;
                        if (wanted(last))
                        {
                            return last;
                        }
                    }
                }
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"No {type.Kind} with '{fields}{labels}' in '{Namespace}' became as wanted. Last: {last?.ToJsonString() ?? "(none)"}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DeleteAsync(CoreTypes.Namespaces, null, Namespace, DeleteOptions.Background, CancellationToken.None);
        Client.Dispose();
    }
}
