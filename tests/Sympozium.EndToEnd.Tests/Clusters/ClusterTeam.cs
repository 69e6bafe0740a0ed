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

    /// <summary>How long its waits last at most.</summary>
    public TimeSpan Patience { get; init; } = TestTimeouts.WithProcesses;

    /// <summary>What has to be done after the namespace was deleted; null where its cluster does the rest.</summary>
    public Func<ClusterTeam, Task>? Finish { get; init; }

    /// <param name="kubeconfig">Of a user who may do all this.</param>
    /// <param name="modelUrl">Base URL of the instance's model.</param>
    /// <param name="nodeSelector">Which nodes run the instance's pods; null for any.</param>
    /// <param name="patience">How long its waits last at most.</param>
    /// <param name="finish">See <see cref="Finish"/>.</param>
    /// <param name="labels">Labels of its namespace.</param>
    public static async Task<ClusterTeam> CreateAsync(
        string kubeconfig, string modelUrl, JsonObject? nodeSelector = null, TimeSpan? patience = null, Func<ClusterTeam, Task>? finish = null, JsonObject? labels = null)
    {
        ClusterTeam team = await CreateEmptyAsync(kubeconfig, patience, finish, labels);
        var settings = new JsonObject { ["model"] = "scripted" };
        if (nodeSelector is not null)
        {
            settings["nodeSelector"] = nodeSelector;
        }

        await team.CreateAsync(CoreTypes.Secrets, "provider", new JsonObject { ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = Installation.ProviderKey, ["OPENAI_BASE_URL"] = modelUrl } });
        await team.CreateAsync(SympoziumTypes.Instances, Instance, new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["agents"] = new JsonObject { ["default"] = settings },
                ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = "provider" }),
                ["systemPrompt"] = "You are a test.",
            },
        });
        return team;
    }

    /// <summary>As <see cref="CreateAsync(string, string, JsonObject?, TimeSpan?, Func{ClusterTeam, Task}?, JsonObject?)"/>, without an instance.</summary>
    public static async Task<ClusterTeam> CreateEmptyAsync(string kubeconfig, TimeSpan? patience, Func<ClusterTeam, Task>? finish, JsonObject? labels)
    {
        KubernetesClient client = new(Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        ClusterTeam team = new(client, $"sympozium-test-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}")
        {
            Patience = patience ?? TestTimeouts.WithProcesses,
            Finish = finish,
        };
        var metadata = new JsonObject { ["name"] = team.Namespace, ["labels"] = labels ?? [] };
        await client.CreateAsync(CoreTypes.Namespaces, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = metadata }, CancellationToken.None);
        return team;
    }

    public Task<JsonObject> CreateAsync(ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace };
        return Client.CreateAsync(type, content, CancellationToken.None);
    }

    public Task<JsonObject> CreateRunAsync(string name, string task, JsonObject? more = null)
    {
        JsonObject spec = more ?? [];
        spec["instanceRef"] = Instance;
        spec["task"] = task;
        return CreateAsync(SympoziumTypes.AgentRuns, name, new JsonObject { ["spec"] = spec });
    }

    public Task<JsonObject> WaitForEndAsync(string run) => WaitForAsync(
        SympoziumTypes.AgentRuns, $"metadata.name={run}", null, resource => RunPhase.IsTerminal((string?)resource["status"]?["phase"]));

    public Task<JsonObject> WaitForPhaseAsync(string run, string phase) => WaitForAsync(
        SympoziumTypes.AgentRuns, $"metadata.name={run}", null, resource => (string?)resource["status"]?["phase"] == phase);

    /// <summary>Waits until one of the selected objects is as wanted: one of the namespace, or of the whole cluster.</summary>
    public async Task<JsonObject> WaitForAsync(ResourceType type, string? fields, string? labels, Func<JsonObject, bool> wanted, bool everywhere = false)
    {
        using var deadline = new CancellationTokenSource(Patience);
        JsonObject? last = null;
        try
        {
            while (true)
            {
                await foreach (WatchEvent change in Client.WatchAsync(type, everywhere ? null : Namespace, new WatchOptions { FieldSelector = fields, LabelSelector = labels }, deadline.Token))
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
        if (Finish is not null)
        {
            await Finish(this);
        }

        Client.Dispose();
    }
}
