using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Broker;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.Messaging.InProcess;
using Sympozium.Persistence.History;
using Sympozium.Testing;

namespace Sympozium.Gateway.Tests.Harness;

/// <summary>The real gateway on port 0 with a Kubernetes API and grains in memory.</summary>
internal sealed class GatewayHarness : IAsyncDisposable, IRunTokenKey
{
    /// <summary>Longest wait for something that must happen.</summary>
    public static readonly TimeSpan Patience = TestTimeouts.InProcess;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(RunToken.KeySize);
    private readonly string _folder = Directory.CreateTempSubdirectory("sympozium-gateway-").FullName;

    public FakeKubernetes Kubernetes { get; } = new(TimeProvider.System);

    public FakeGrainFactory Grains { get; } = new();

    public InProcessEventBus Bus { get; } = new(new InProcessEventBusOptions(), TimeProvider.System);

    public GatewayOptions Options { get; } = new() { Port = 0 };

    public BrokerOptions Broker { get; } = new() { RetryBaseDelay = TimeSpan.FromMilliseconds(5), RetryMaxDelay = TimeSpan.FromMilliseconds(20) };

    /// <summary>The gateway's clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public GatewayApplication App { get; private set; } = null!;

    /// <summary>Carries the gateway's token.</summary>
    public HttpClient Client { get; private set; } = null!;

    public ReadOnlyMemory<byte> Key => _key;

    public string SocketPath => Path.Combine(_folder, "run", "gateway.sock");

    public static async Task<GatewayHarness> StartAsync(Action<GatewayHarness>? configure = null)
    {
        var harness = new GatewayHarness();
        harness.Options.TokenFile = Path.Combine(harness._folder, "token");
        harness.Options.SocketPath = harness.SocketPath;
        configure?.Invoke(harness);
        harness.App = await GatewayApplication.StartAsync(
            harness.Options,
            services => services
                .AddSingleton(harness.Time)
                .AddSingleton<IGrainFactory>(harness.Grains)
                .AddSingleton<IEventBus>(harness.Bus)
                .AddSingleton<IKubernetesClient>(harness.Kubernetes)
                .AddSingleton<IRunTokenKey>(harness)
                .AddSqliteHistory(Path.Combine(harness._folder, "history.db"), new HistoryOptions())
                .AddSingleton(harness.Broker),
            CancellationToken.None);
        await harness.App.Services.GetRequiredService<HistoryDatabase>().MigrateAsync(CancellationToken.None);
        harness.Client = harness.NewClient(harness.App.Token);
        harness.Kubernetes.Put(SympoziumTypes.Instances, "default", "helper");
        return harness;
    }

    public HttpClient NewClient(string? token)
    {
        var client = new HttpClient { BaseAddress = App.BaseAddress, Timeout = Patience };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    /// <summary>Makes a run whose model calls go to <paramref name="baseUrl"/>, and a client with its token.</summary>
    public async Task<HttpClient> NewPodAsync(string name, string? baseUrl = null, string provider = "openai", string? secret = null, string model = "gpt-test")
    {
        JsonObject run = await Kubernetes.CreateAsync(SympoziumTypes.AgentRuns, new JsonObject { ["metadata"] = new JsonObject { ["namespace"] = "default", ["name"] = name } }, default);
        Grains.Run($"default/{name}").Route = () => new ModelRoute { Provider = provider, Model = model, BaseUrl = baseUrl, SecretNamespace = "default", SecretName = secret };
        return NewClient(Token(name, (string)run["metadata"]!["uid"]!));
    }

    public string Token(string name, string uid, TimeSpan? lifetime = null) =>
        new RunToken(new ResourceKey("default", name), uid, "helper", TimeProvider.System.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1))).Sign(_key);

    /// <summary>The next AgentRun that the gateway creates.</summary>
    public async Task<JsonObject> NextRunAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await Kubernetes.CreatedRuns.ReadAsync(limit.Token);
    }

    /// <summary>The next AgentRun that the gateway patches.</summary>
    public async Task<JsonObject> NextPatchAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await Kubernetes.PatchedRuns.ReadAsync(limit.Token);
    }

    public async Task SayAsync(JsonObject run, string topic, JsonNode data)
    {
        string name = (string)run["metadata"]!["name"]!;
        await Bus.PublishAsync(
            new BusEvent
            {
                Topic = topic,
                Timestamp = TimeProvider.System.GetUtcNow(),
                Metadata = new BusEventMetadata { AgentRunId = name, Namespace = (string)run["metadata"]!["namespace"]! },
                Data = data,
            },
            CancellationToken.None);
    }

    public Task ChunkAsync(JsonObject run, string json) => SayAsync(run, Topics.StreamChunk, JsonNode.Parse(json)!);

    public Task TextAsync(JsonObject run, string text) =>
        SayAsync(run, Topics.StreamChunk, new JsonArray(new JsonObject { ["type"] = "text", ["content"] = text }));

    public Task SucceedAsync(JsonObject run, string result) => SayAsync(run, Topics.RunPhase, new JsonObject
    {
        ["phase"] = RunPhase.Succeeded,
        ["result"] = result,
        ["usage"] = new JsonObject { ["inputTokens"] = 11, ["outputTokens"] = 7, ["totalTokens"] = 18, ["cachedInputTokens"] = 4, ["reasoningTokens"] = 2 },
    });

    public Task FailAsync(JsonObject run, string reason, string message) => SayAsync(run, Topics.RunPhase, new JsonObject
    {
        ["phase"] = RunPhase.Failed,
        ["reason"] = reason,
        ["message"] = message,
    });

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await App.StopAsync(now.Token);
        }

        await App.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
