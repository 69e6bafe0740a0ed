using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing;
using Sympozium.Testing.Postgres;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// The cluster profile: a silo and a gateway as processes on a NATS and a PostgreSQL of their own, each with the token of its own ServiceAccount. Pods
/// publish through the gateway, since the NATS of this machine is on loopback.
/// </summary>
internal sealed class ClusterControlPlane : ILiveControlPlane
{
    private const string SystemNamespace = "sympozium-system";
    private const string SmallStream = "67108864";

    private readonly TemporaryDirectory _files = new();
    private readonly NatsAccount _account = new();
    private NatsServer? _nats;
    private PostgresServer? _postgres;
    private ControlPlanePart? _silo;
    private ControlPlanePart? _gateway;

    private ClusterControlPlane(string host)
    {
        GatewayPort = FreePort.Take();
        GatewayUrl = $"http://{host}:{GatewayPort.ToString(CultureInfo.InvariantCulture)}";
        Gateway = new HttpClient { BaseAddress = new Uri(GatewayUrl + "/"), Timeout = TestTimeouts.WithProcesses };
    }

    public string GatewayUrl { get; }

    public HttpClient Gateway { get; }

    public string Token { get; private set; } = "";

    public string Log => $"{_silo?.Log}\n{_gateway?.Log}";

    private int GatewayPort { get; }

    /// <summary>Starts everything and waits until it works. <paramref name="admission"/> are the gateway's variables for its webhook.</summary>
    public static async Task<ClusterControlPlane> StartAsync(
        KubernetesClient administrator, string siloKubeconfig, string gatewayKubeconfig, string runnerImage, string host, IReadOnlyDictionary<string, string> admission)
    {
        ClusterControlPlane plane = new(host);
        try
        {
            plane._nats = await NatsServer.StartAsync(plane._account.Configuration);
            plane._postgres = await PostgresServer.StartAsync();
            await File.WriteAllTextAsync(plane._files["control.creds"], plane._account.Credentials());
            await File.WriteAllTextAsync(plane._files["database"], await plane._postgres.CreateDatabaseAsync());
            string address = host == "127.0.0.1" ? host : "0.0.0.0";
            string[] common = ["--database-file", plane._files["database"], "--nats-url", plane._nats.Url, "--nats-credentials-file", plane._files["control.creds"], "--gateway-address", address];
            Dictionary<string, string> environment = new() { ["Sympozium__Nats__MaxBytes"] = SmallStream };
            plane._silo = ControlPlanePart.Start(
                [
                    "silo", "--profile", "cluster", .. common, "--kubeconfig", siloKubeconfig, "--gateway-url", plane.GatewayUrl, "--runner-image", runnerImage,
                    "--silo-port", Text(FreePort.Take()), "--client-port", Text(FreePort.Take()),
                ],
                environment);
            plane._gateway = ControlPlanePart.Start(
                ["gateway", .. common, "--kubeconfig", gatewayKubeconfig, "--gateway-port", Text(plane.GatewayPort)], new Dictionary<string, string>(environment.Concat(admission)));
            await Task.WhenAll(plane._silo.ReadyAsync(), plane._gateway.ReadyAsync());
            JsonObject secret = await administrator.GetAsync(CoreTypes.Secrets, SystemNamespace, "sympozium-gateway-token", CancellationToken.None)
                ?? throw new InvalidOperationException("There is no Secret with the gateway's token.");
            plane.Token = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["token"]!));
            plane.Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", plane.Token);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable? part in (IEnumerable<IAsyncDisposable?>)[_gateway, _silo, _nats, _postgres])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        Gateway.Dispose();
        _account.Dispose();
        _files.Dispose();
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
