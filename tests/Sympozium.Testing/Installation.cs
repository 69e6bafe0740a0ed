using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Testing;

/// <summary>A control plane, a scripted model and what a run needs: a Secret and an instance that use the model.</summary>
public sealed class Installation : IAsyncDisposable
{
    /// <summary>The provider's key; nothing that leaves the control plane towards a pod may contain it.</summary>
    public const string ProviderKey = "sk-the-key-that-no-pod-may-see";

    public const string Instance = "helper";
    public const string Namespace = "default";

    private readonly TemporaryDirectory _directory = new();

    private Installation()
    {
    }

    public ControlPlaneProcess ControlPlane { get; private set; } = null!;

    public ModelStubServer Model { get; private set; } = null!;

    public IKubernetesClient Client => ControlPlane.Client;

    public string DataDirectory => _directory["data"];

    /// <summary>Starts everything; <paramref name="script"/> is the model's. <paramref name="policy"/> is the spec of a policy for the instance.</summary>
    public static async Task<Installation> StartAsync(string script, JsonObject? policy = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var installation = new Installation();
        try
        {
            installation.Model = await ModelStubServer.StartAsync(script);
            installation.ControlPlane = await ControlPlaneProcess.StartAsync(installation.DataDirectory, environment);
            await installation.CreateInstanceAsync(Instance, installation.Model.OpenAiBaseUrl, policy);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the control plane again on the same data.</summary>
    public async Task RestartAsync()
    {
        await ControlPlane.DisposeAsync();
        ControlPlane = await ControlPlaneProcess.StartAsync(DataDirectory);
    }

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

    /// <summary>Creates any object in the default namespace.</summary>
    public Task<JsonObject> CreateAsync(ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace };
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
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        JsonObject? last = null;
        try
        {
            while (true)
            {
                last = await Client.GetAsync(type, Namespace, name, deadline.Token);
                if (wanted(last))
                {
                    return last ?? [];
                }

                var options = new WatchOptions { FieldSelector = $"metadata.name={name}", ResourceVersion = (string?)last?["metadata"]?["resourceVersion"] };
                await foreach (WatchEvent change in Client.WatchAsync(type, Namespace, options, deadline.Token))
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
            throw new TimeoutException($"{type.Kind} '{name}' did not become as wanted. Last: {last?.ToJsonString() ?? "(none)"}\n{ControlPlane.Log}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync();
        }

        if (Model is not null)
        {
            await Model.DisposeAsync();
        }

        _directory.Dispose();
    }
}
