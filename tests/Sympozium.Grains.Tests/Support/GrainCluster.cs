using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Storage;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Instances;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Skills;
using Sympozium.Grains.Hosting;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Messaging.InProcess;
using Sympozium.Persistence.Grains;
using Sympozium.Testing;

namespace Sympozium.Grains.Tests.Support;

/// <summary>
/// The grains on the runtime that is built with the local cluster and the bus of one machine, and nobody else: tests play forwarder, Job
/// controller and agent. State outlives <see cref="RestartAsync"/>.
/// </summary>
public sealed partial class GrainCluster : IAsyncDisposable
{
    public const string Namespace = "team";

    private readonly TemporaryDirectory _directory;
    private readonly InMemoryGrainStorage _storage = new(new JsonSerializerOptions { TypeInfoResolver = GrainsJson.Default, PropertyNamingPolicy = JsonNamingPolicy.CamelCase });
    private readonly LocalClusterHost _cluster;
    private IHost _host;

    private GrainCluster(LocalClusterHost cluster, TemporaryDirectory directory)
    {
        _directory = directory;
        _cluster = cluster;
        Kubernetes = new CountingClient(cluster.Client);
        _host = Build();
    }

    public CountingClient Kubernetes { get; }

    public RunOptions Options { get; } = new() { ReferenceGrace = TimeSpan.Zero, ReferencePoll = TimeSpan.FromMilliseconds(20), PodPoll = TimeSpan.FromMilliseconds(100) };

    /// <summary>Phases that were told to the bus, in order.</summary>
    public ConcurrentQueue<string> Phases { get; } = new();

    /// <summary>What pods have published without its having been delivered; null for nothing.</summary>
    public BusEvent? PublishedResult { get; set; }

    /// <summary>Publishes of phases that the bus refuses from now on.</summary>
    public int BusRefusals { get; set; }

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<GrainCluster> StartAsync()
    {
        var directory = new TemporaryDirectory();
        var options = new LocalClusterOptions { DataDirectory = directory.Path, Port = 0 };
        foreach (string crd in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(crd));
        }

        options.Namespaces.Add(Namespace);
        var cluster = new GrainCluster(await LocalClusterHost.StartAsync(options), directory);
        await cluster._host.StartAsync();
        return cluster;
    }

    public IRunGrain Run(string name) => Grains.GetGrain<IRunGrain>($"{Namespace}/{name}");

    public IInstanceGrain Instance(string name) => Grains.GetGrain<IInstanceGrain>($"{Namespace}/{name}");

    public IPolicyGrain Policy(string name) => Grains.GetGrain<IPolicyGrain>($"{Namespace}/{name}");

    public ISkillPackGrain SkillPack(string name) => Grains.GetGrain<ISkillPackGrain>($"{Namespace}/{name}");

    /// <summary>Ends the grains and starts them anew with what is stored, as a restart of the silo does.</summary>
    public async Task RestartAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _host = Build();
        await _host.StartAsync();
    }

    /// <summary>Creates every object of a manifest, by kind.</summary>
    public async Task ApplyAsync(string yaml)
    {
        foreach (YamlDocument document in YamlReader.ReadAll(yaml, "test"))
        {
            var resource = (JsonObject)AsRead(document.Root!);
            (resource["metadata"] as JsonObject)!["namespace"] ??= Namespace;
            (resource["metadata"] as JsonObject)!.Remove("uid");
            await _cluster.Client.CreateAsync(Type((string)resource["kind"]!), resource, default);
        }
    }

    public Task<JsonObject?> GetAsync(ResourceType type, string name) => _cluster.Client.GetAsync(type, Namespace, name, default);

    public async Task<JsonNode?> StatusAsync(string run) => (await GetAsync(SympoziumTypes.AgentRuns, run))?["status"];

    public Task PatchAsync(ResourceType type, string name, string yaml, string? subresource = null) => _cluster.Client.PatchAsync(
        type, Namespace, name, new Patch(PatchType.Merge, AsRead(YamlReader.ReadAll(yaml, "test")[0].Root!)), subresource, default);

    /// <summary>Plays the Job controller: the Job's pod, in the given phase.</summary>
    public async Task<string> AddPodAsync(string run, string phase)
    {
        JsonObject job = (await GetAsync(CoreTypes.Jobs, RunObjectNames.Job(run)))!;
        string name = $"{RunObjectNames.Job(run)}-abcde";
        await _cluster.Client.CreateAsync(
            CoreTypes.Pods,
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = Namespace,
                    ["labels"] = job["spec"]!["template"]!["metadata"]!["labels"]!.DeepClone(),
                    ["ownerReferences"] = new JsonArray(new JsonObject
                    {
                        ["apiVersion"] = "batch/v1",
                        ["kind"] = "Job",
                        ["name"] = job["metadata"]!["name"]!.DeepClone(),
                        ["uid"] = job["metadata"]!["uid"]!.DeepClone(),
                        ["controller"] = true,
                    }),
                },
                ["spec"] = job["spec"]!["template"]!["spec"]!.DeepClone(),
            },
            default);
        await PatchAsync(CoreTypes.Pods, name, $"{{status: {{phase: {phase}}}}}", "status");
        return name;
    }

    /// <summary>Waits until a run's status is as wanted.</summary>
    public async Task WaitAsync(string run, Func<JsonNode?, bool> wanted, string what)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        JsonNode? status = null;
        try
        {
            while (!wanted(status = await StatusAsync(run)))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Run '{run}' was not {what} in time; its status is {status?.ToJsonString() ?? "empty"}.");
        }
    }

    /// <summary>Waits until something is so; <paramref name="otherwise"/> is said when it never is.</summary>
    public static async Task UntilAsync(Func<Task<bool>> wanted, string otherwise)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        while (!await wanted())
        {
            Assert.False(timeout.IsCancellationRequested, otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public Task<bool> DeletePodAsync(string pod) => _cluster.Client.DeleteAsync(CoreTypes.Pods, Namespace, pod, DeleteOptions.Background with { GracePeriodSeconds = 0 }, default);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    private static ResourceType Type(string kind) => SympoziumTypes.All.Append(CoreTypes.Secrets).Append(CoreTypes.ConfigMaps).Append(CoreTypes.Jobs).Append(CoreTypes.Events).Single(type => type.Kind == kind);

    /// <summary>Through text, since what comes to an API was read from text.</summary>
    private static JsonNode AsRead(JsonNode node) => JsonNode.Parse(node.ToJsonString())!;

    /// <summary>Adds the grain runtime; one of two files.</summary>
    static partial void AddRuntime(IServiceCollection services);

    private IHost Build()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton<IKubernetesClient>(Kubernetes);
        builder.Services.AddSingleton<IEventBus>(new PhaseBus(new InProcessEventBus(new InProcessEventBusOptions(), TimeProvider.System), this));
        builder.Services.AddSingleton<IPodBus>(new FixedPodBus(this));
        builder.Services.AddSingleton<IRunTokenKey>(new FixedKey());
        builder.Services.AddKeyedSingleton<IGrainStorage>("grains", _storage);
        AddRuntime(builder.Services);
        builder.Services.AddSympoziumGrains(_ => new JobRenderOptions { GatewayUrl = "http://gateway.test", GatewaySocketDirectory = "/data/gateway" });
        builder.Services.Configure<RunOptions>(options =>
        {
            options.ReferenceGrace = Options.ReferenceGrace;
            options.ReferencePoll = Options.ReferencePoll;
            options.PodPoll = Options.PodPoll;
        });
        return builder.Build();
    }

    private sealed class FixedKey : IRunTokenKey
    {
        public ReadOnlyMemory<byte> Key { get; } = new byte[RunToken.KeySize];
    }

    private sealed class FixedPodBus(GrainCluster cluster) : IPodBus
    {
        public PodBusAccess? Grant(ResourceKey run, string runUid, TimeSpan lifetime) => null;

        public Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken) => Task.FromResult(cluster.PublishedResult);
    }

    /// <summary>Notes the phases on their way.</summary>
    private sealed class PhaseBus(IEventBus inner, GrainCluster cluster) : IEventBus
    {
        public ValueTask PublishAsync(BusEvent busEvent, CancellationToken cancellationToken)
        {
            if (busEvent.Topic == Topics.RunPhase && cluster.BusRefusals-- > 0)
            {
                throw new SympoziumUnavailableException("The bus is away.");
            }

            if (busEvent.Topic == Topics.RunPhase)
            {
                cluster.Phases.Enqueue((string)busEvent.Data!["phase"]!);
            }

            return inner.PublishAsync(busEvent, cancellationToken);
        }

        public ValueTask<IBusSubscription> SubscribeAsync(BusFilter filter, CancellationToken cancellationToken) => inner.SubscribeAsync(filter, cancellationToken);
    }
}
