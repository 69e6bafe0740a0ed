using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Pods;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;
using Sympozium.Testing.Postgres;

namespace Sympozium.TestSilo.Cluster;

/// <summary>Everything that an installation of the cluster profile consists of, on one machine: API, NATS, PostgreSQL, silos and gateways as processes.</summary>
public sealed class ClusterInstallation : IAsyncDisposable
{
    /// <summary>Image of the runner that the node has.</summary>
    public const string RunnerImage = "registry.example.com/sympozium/runner:test";

    private const long SmallStream = 8 * 1024 * 1024;

    private readonly TemporaryDirectory _files = new();
    private readonly TemporaryDirectory _apiDirectory = new();
    private readonly NatsAccount _account = new();
    private readonly int _gatewayPort = FreePort.Take();
    private readonly int _apiPort = FreePort.Take();
    private readonly Dictionary<string, string> _environment = [];
    private readonly bool _withNode;
    private IHost? _api;

    private ClusterInstallation(bool withNode)
    {
        _withNode = withNode;
        GatewayUrl = $"http://127.0.0.1:{_gatewayPort.ToString(CultureInfo.InvariantCulture)}";
        Gateway = new HttpClient { BaseAddress = new Uri(GatewayUrl + "/"), Timeout = TestTimeouts.WithProcesses };
    }

    /// <summary>How to reach the API; stays the same over restarts.</summary>
    public string Kubeconfig { get; private set; } = "";

    /// <summary>Client of the API over HTTPS, over restarts too.</summary>
    public KubernetesClient Client { get; private set; } = null!;

    /// <summary>NATS with an account that signs credentials for pods.</summary>
    public NatsServer Nats { get; private set; } = null!;

    /// <summary>The bus as the control plane has it.</summary>
    public NatsEventBus Bus { get; private set; } = null!;

    /// <summary>The database server.</summary>
    public PostgresServer Postgres { get; private set; } = null!;

    /// <summary>Where pods find the gateway.</summary>
    public string GatewayUrl { get; }

    /// <summary>Client of the gateway; has the token after <see cref="UseTokenAsync"/>.</summary>
    public HttpClient Gateway { get; }

    /// <summary>
    /// Starts API, NATS and PostgreSQL; no part of the control plane yet. <paramref name="withNode"/> has pods run as processes,
    /// <paramref name="natsStore"/> is a disk for NATS that is small, so that streams must be, too. <paramref name="environment"/> is for silos and gateways.
    /// </summary>
    public static async Task<ClusterInstallation> StartAsync(bool withNode = false, string? natsStore = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var installation = new ClusterInstallation(withNode);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            installation._environment[name] = value;
        }

        await installation.StartApiAsync();
        installation.Kubeconfig = installation._api!.Services.GetRequiredService<LocalClusterHost>().KubeconfigPath;
        installation.Client = new KubernetesClient(
            Sympozium.Kubernetes.Client.Kubeconfig.Load(installation.Kubeconfig).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        await SimulatedPods.AddObjectsAsync(installation.Client);
        installation.Nats = await NatsServer.StartAsync(installation._account.Configuration, natsStore);
        await File.WriteAllTextAsync(installation._files["control.creds"], installation._account.Credentials());
        await File.WriteAllTextAsync(installation._files["signing.seed"], installation._account.Seed);
        var bus = new NatsBusOptions { Url = installation.Nats.Url, CredentialsFile = installation._files["control.creds"] };
        if (natsStore is not null)
        {
            bus.MaxBytes = SmallStream;
            installation._environment["Sympozium__Nats__MaxBytes"] = SmallStream.ToString(CultureInfo.InvariantCulture);
        }

        installation.Bus = new NatsEventBus(
            bus,
            TimeProvider.System,
            NullLogger<NatsEventBus>.Instance);
        installation.Postgres = await PostgresServer.StartAsync();
        await File.WriteAllTextAsync(installation._files["database"], await installation.Postgres.CreateDatabaseAsync());
        return installation;
    }

    /// <summary>Starts a silo and returns at once. <paramref name="more"/> adds arguments.</summary>
    public ControlPlanePart StartSilo(params string[] more) => ControlPlanePart.Start(
        [
            "silo", "--profile", "cluster", .. Common(), "--gateway-url", GatewayUrl, "--nats-signing-seed-file", _files["signing.seed"],
            "--silo-port", Port(), "--client-port", Port(), "--runner-image", RunnerImage, .. more,
        ],
        _environment);

    /// <summary>Starts the gateway and returns at once. <paramref name="more"/> adds arguments.</summary>
    public ControlPlanePart StartGateway(params string[] more) => ControlPlanePart.Start(
        ["gateway", .. Common(), "--gateway-port", _gatewayPort.ToString(CultureInfo.InvariantCulture), .. more], _environment);

    /// <summary>A kubeconfig with the rights that a manifest below <c>k8s</c> gives to an account.</summary>
    public async Task<string> KubeconfigOfAsync(string manifest, string account)
    {
        await ServiceAccountAccess.WriteKubeconfigAsync(Client, Kubeconfig, manifest, account, _files[account]);
        return _files[account];
    }

    /// <summary>Plays the pods: their results go over NATS.</summary>
    public SimulatedPods SimulatePods() => SimulatedPods.Start(
        Client, (result, cancellationToken) => Bus.PublishAsync(result, cancellationToken).AsTask(), () => ValueTask.CompletedTask);

    /// <summary>Adds an instance whose model <c>scripted</c> is served at a URL.</summary>
    public async Task AddInstanceAsync(string name, string modelUrl)
    {
        await CreateAsync(CoreTypes.Secrets, $"{name}-provider", new JsonObject
        {
            ["stringData"] = new JsonObject { ["OPENAI_API_KEY"] = Installation.ProviderKey, ["OPENAI_BASE_URL"] = modelUrl },
        });
        await CreateAsync(SympoziumTypes.Instances, name, new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["agents"] = new JsonObject { ["default"] = new JsonObject { ["model"] = "scripted" } },
                ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = $"{name}-provider" }),
            },
        });
    }

    /// <summary>Gives <see cref="Gateway"/> the token that gateways share.</summary>
    public async Task UseTokenAsync()
    {
        JsonObject secret = await Client.GetAsync(CoreTypes.Secrets, SympoziumNames.SystemNamespace, "sympozium-gateway-token", default)
            ?? throw new InvalidOperationException("There is no Secret with the gateway's token.");
        string token = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["token"]!));
        Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Stops the API server.</summary>
    public async Task StopApiAsync()
    {
        await _api!.StopAsync();
        await ((IAsyncDisposable)_api).DisposeAsync();
        _api = null;
    }

    /// <summary>Starts the API server, each time on the same data and port.</summary>
    public async Task StartApiAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSympoziumLocalCluster(options => SimulatedPods.ConfigureApi(options, _apiDirectory.Path, _apiPort));
        if (_withNode)
        {
            builder.Services.AddSympoziumLocalPods(options =>
            {
                options.DataDirectory = _apiDirectory.Path;

                // A pod of a real cluster reaches gateway and NATS over the network, which a sandbox does not have.
                options.ForcePlainProcesses = true;
                options.ShutdownGrace = TimeSpan.FromSeconds(1);
                options.Images.Add(new LocalPodImage(RunnerImage[..RunnerImage.LastIndexOf(':')], RunnerDirectory()));
            });
        }

        _api = builder.Build();
        await _api.StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        Client.Dispose();
        await Bus.DisposeAsync();
        await Nats.DisposeAsync();
        await Postgres.DisposeAsync();
        if (_api is not null)
        {
            await StopApiAsync();
        }

        _account.Dispose();
        _apiDirectory.Dispose();
        _files.Dispose();
    }

    private Task<JsonObject> CreateAsync(ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = SimulatedPods.Namespace };
        return Client.CreateAsync(type, content, CancellationToken.None);
    }

    private string[] Common() =>
    [
        "--kubeconfig", Kubeconfig, "--gateway-address", "127.0.0.1", "--database-file", _files["database"],
        "--nats-url", Nats.Url, "--nats-credentials-file", _files["control.creds"],
    ];

    private static string Port() => FreePort.Take().ToString(CultureInfo.InvariantCulture);

    private static string RunnerDirectory()
    {
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.Runner", Path.GetFileName(own)));
    }
}
