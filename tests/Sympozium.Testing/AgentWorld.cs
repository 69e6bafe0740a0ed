using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Testing;

/// <summary>
/// Where a test runs agents: a control plane, a namespace, a scripted model, and an instance that uses it. One machine has such a world, and so has a
/// cluster; a test that needs no more than this runs in both.
/// </summary>
public abstract class AgentWorld : IAsyncDisposable
{
    /// <summary>The provider's key; nothing that leaves the control plane towards a pod may contain it.</summary>
    public const string ProviderKey = "sk-the-key-that-no-pod-may-see";

    /// <summary>Name of the instance.</summary>
    public const string Instance = "helper";

    /// <summary>Administrator's client.</summary>
    public abstract IKubernetesClient Client { get; }

    /// <summary>The instance's model.</summary>
    public abstract ModelStubServer Model { get; }

    /// <summary>The namespace that is the test's.</summary>
    public abstract string Team { get; }

    /// <summary>Base address of the gateway, and the bearer token of its clients.</summary>
    public abstract (Uri Address, string Token) GatewayAccess { get; }

    /// <summary>What the control plane has logged.</summary>
    public abstract string Log { get; }

    /// <summary>Options with which the <c>sympozium</c> command reaches cluster and namespace.</summary>
    public abstract IReadOnlyList<string> CommandOptions { get; }

    /// <summary>How long a wait lasts at most.</summary>
    public virtual TimeSpan Patience => TestTimeouts.WithProcesses;

    /// <summary>kubectl, as the administrator.</summary>
    public abstract Kubectl Kubectl { get; }

    /// <summary>Creates an instance with a Secret of its own, and a policy when one is given.</summary>
    public async Task CreateInstanceAsync(string name, string baseUrl, JsonObject? policy = null)
    {
        await CreateAsync(CoreTypes.Secrets, $"{name}-provider", new JsonObject
        {
            ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = ProviderKey, ["OPENAI_BASE_URL"] = baseUrl },
        });
        var spec = new JsonObject
        {
            ["agents"] = new JsonObject { ["default"] = new JsonObject { ["model"] = "scripted" } },
            ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = $"{name}-provider" }),
            ["systemPrompt"] = "You are a test.",
        };
        if (policy is not null)
        {
            await CreateAsync(SympoziumTypes.Policies, $"{name}-policy", new JsonObject { ["spec"] = policy });
            spec["policyRef"] = $"{name}-policy";
        }

        await CreateAsync(SympoziumTypes.Instances, name, new JsonObject { ["spec"] = spec });
    }

    /// <summary>Creates any object in the namespace.</summary>
    public Task<JsonObject> CreateAsync(ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Team };
        return Client.CreateAsync(type, content, CancellationToken.None);
    }

    /// <summary>Creates a run of the instance.</summary>
    public Task<JsonObject> CreateRunAsync(string name, string task, JsonObject? more = null, string instance = Instance)
    {
        JsonObject spec = more ?? [];
        spec["instanceRef"] = instance;
        spec["task"] = task;
        return CreateAsync(SympoziumTypes.AgentRuns, name, new JsonObject { ["spec"] = spec });
    }

    /// <summary>Waits until a run has ended; the exception shows its last state and the control plane's log.</summary>
    public Task<JsonObject> WaitForEndAsync(string run) => WaitForRunAsync(run, status => RunPhase.IsTerminal((string?)status?["phase"]));

    /// <summary>Waits for a run's status.</summary>
    public Task<JsonObject> WaitForRunAsync(string run, Func<JsonNode?, bool> wanted) =>
        WaitForAsync(SympoziumTypes.AgentRuns, run, resource => resource is not null && wanted(resource["status"]));

    /// <summary>Waits until an object (null once deleted) is as wanted.</summary>
    public async Task<JsonObject> WaitForAsync(ResourceType type, string name, Func<JsonObject?, bool> wanted)
    {
        using var deadline = new CancellationTokenSource(Patience);
        JsonObject? last = null;
        try
        {
            while (true)
            {
                last = await Client.GetAsync(type, Team, name, deadline.Token);
                if (wanted(last))
                {
                    return last ?? [];
                }

                var options = new WatchOptions { FieldSelector = $"metadata.name={name}", ResourceVersion = (string?)last?["metadata"]?["resourceVersion"] };
                await foreach (WatchEvent change in Client.WatchAsync(type, Team, options, deadline.Token))
                {
                    last = change.Type == WatchEventType.Deleted ? null : change.Resource;
                    if (change.Type != WatchEventType.Bookmark && wanted(last))
                    {
                        return last ?? [];
                    }
                }
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{type.Kind} '{name}' did not become as wanted. Last: {last?.ToJsonString() ?? "(none)"}\n{Log}", e);
        }
    }

    public abstract ValueTask DisposeAsync();
}
