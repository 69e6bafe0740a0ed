using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;
using Sympozium.Testing.Postgres;

namespace Sympozium.TestSilo.Cluster;

/// <summary>Everything that an installation of the cluster profile consists of, on one machine: API, NATS, PostgreSQL, silos and gateways as processes.</summary>
public sealed class ClusterInstallation : IAsyncDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly NatsAccount _account = new();
    private readonly TemporaryDirectory _apiDirectory;
    private readonly int _gatewayPort = FreePort.Take();
    private readonly int _apiPort;

    private ClusterInstallation(LocalClusterHost api, TemporaryDirectory apiDirectory)
    {
        Api = api;
        _apiDirectory = apiDirectory;
        _apiPort = new Uri(api.Url).Port;
        Kubeconfig = api.KubeconfigPath;
        Client = new KubernetesClient(Kubernetes.Client.Kubeconfig.Load(Kubeconfig).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        GatewayUrl = $"http://127.0.0.1:{_gatewayPort.ToString(CultureInfo.InvariantCulture)}";
        Gateway = new HttpClient { BaseAddress = new Uri(GatewayUrl + "/"), Timeout = TestTimeouts.WithProcesses };
    }

    /// <summary>The API server, in this process.</summary>
    public LocalClusterHost Api { get; private set; }

    /// <summary>How to reach <see cref="Api"/>; stays the same over restarts.</summary>
    public string Kubeconfig { get; }

    /// <summary>Client of the API over HTTPS, over restarts too.</summary>
    public KubernetesClient Client { get; }

    /// <summary>NATS with an account that signs credentials for pods.</summary>
    public NatsServer Nats { get; private set; } = null!;

    /// <summary>The bus as the control plane has it.</summary>
    public NatsEventBus Bus { get; private set; } = null!;

    /// <summary>The database server.</summary>
    public PostgresServer Postgres { get; private set; } = null!;

    /// <summary>Connection string of the installation's database.</summary>
    public string Database { get; private set; } = "";

    /// <summary>Where pods find the gateway.</summary>
    public string GatewayUrl { get; }

    /// <summary>Client of the gateway; has the token after <see cref="UseTokenAsync"/>.</summary>
    public HttpClient Gateway { get; }

    /// <summary>Starts API, NATS and PostgreSQL; no part of the control plane yet. <paramref name="natsConfiguration"/> is added to the server's.</summary>
    public static async Task<ClusterInstallation> StartAsync(string natsConfiguration = "")
    {
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        var installation = new ClusterInstallation(api, directory);
        installation.Nats = await NatsServer.StartAsync(installation._account.Configuration + natsConfiguration);
        await File.WriteAllTextAsync(installation._files["control.creds"], installation._account.Credentials());
        await File.WriteAllTextAsync(installation._files["signing.seed"], installation._account.Seed);
        installation.Bus = new NatsEventBus(
            new NatsBusOptions { Url = installation.Nats.Url, CredentialsFile = installation._files["control.creds"] },
            TimeProvider.System,
            NullLogger<NatsEventBus>.Instance);
        installation.Postgres = await PostgresServer.StartAsync();
        installation.Database = await installation.Postgres.CreateDatabaseAsync();
        await File.WriteAllTextAsync(installation._files["database"], installation.Database);
        return installation;
    }

    /// <summary>Starts a silo and returns at once. <paramref name="more"/> adds arguments.</summary>
    public ControlPlanePart StartSilo(params string[] more) => ControlPlanePart.Start(
        [
            "silo", "--profile", "cluster", .. Common(), "--gateway-url", GatewayUrl, "--nats-signing-seed-file", _files["signing.seed"],
            "--silo-port", Port(), "--client-port", Port(), "--runner-image", "registry.example.com/sympozium/runner:test", .. more,
        ],
        new Dictionary<string, string>());

    /// <summary>Starts the gateway and returns at once.</summary>
    public ControlPlanePart StartGateway() => ControlPlanePart.Start(
        ["gateway", .. Common(), "--gateway-port", _gatewayPort.ToString(CultureInfo.InvariantCulture)], new Dictionary<string, string>());

    /// <summary>Gives <see cref="Gateway"/> the token that gateways share.</summary>
    public async Task UseTokenAsync()
    {
        JsonObject secret = await Client.GetAsync(CoreTypes.Secrets, SympoziumNames.SystemNamespace, "sympozium-gateway-token", default)
            ?? throw new InvalidOperationException("There is no Secret with the gateway's token.");
        string token = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["token"]!));
        Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Stops the API server.</summary>
    public ValueTask StopApiAsync() => Api.DisposeAsync();

    /// <summary>Starts the API server again, on its data and port.</summary>
    public async Task StartApiAgainAsync() => Api = await LocalClusterHost.StartAsync(SimulatedPods.ApiOptions(_apiDirectory.Path, _apiPort));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        Client.Dispose();
        await Bus.DisposeAsync();
        await Nats.DisposeAsync();
        await Postgres.DisposeAsync();
        await Api.DisposeAsync();
        _account.Dispose();
        _apiDirectory.Dispose();
        _files.Dispose();
    }

    private string[] Common() =>
    [
        "--kubeconfig", Kubeconfig, "--gateway-address", "127.0.0.1", "--database-file", _files["database"],
        "--nats-url", Nats.Url, "--nats-credentials-file", _files["control.creds"],
    ];

    private static string Port() => FreePort.Take().ToString(CultureInfo.InvariantCulture);
}
