using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// Sympozium on a cluster that is there already: definitions and rights installed by the command, a control plane on this machine that works with
/// the rights of its ServiceAccount and nothing more, a scripted model. Everything that was not there before is gone in the end.
/// </summary>
public sealed class LiveInstallation : IAsyncLifetime, IDisposable
{
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo ran as $(id -u)\" } }] }, { say: \"{{toolResults}}\" }] }]";
    private const int TokenSeconds = 3600;

    private readonly TemporaryDirectory _directory = new();
    private bool _wasInstalled;

    public static string? Kubeconfig => Environment.GetEnvironmentVariable(LiveClusterFactAttribute.KubeconfigVariable);

    internal ModelStubServer Model { get; private set; } = null!;

    internal SiloProcess Silo { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Kubeconfig is not { Length: > 0 } kubeconfig)
        {
            return;
        }

        ClusterConnection connection = Sympozium.Kubernetes.Client.Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System);
        using KubernetesClient client = new(connection, new KubernetesClientOptions(), TimeProvider.System);
        _wasInstalled = await client.GetAsync(CoreTypes.CustomResourceDefinitions, null, "agentruns.sympozium.ai", CancellationToken.None) is not null;
        CliResult installed = await CliProcess.RunAsync("install", "--external", "--kubeconfig", kubeconfig);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        Model = await ModelStubServer.StartAsync(Script);
        string image = Environment.GetEnvironmentVariable(LiveClusterFactAttribute.RunnerImageVariable) is { Length: > 0 } given ? given : RemoteCluster.RunnerImage;
        Silo = await SiloProcess.StartReadyAsync(await RestrictedKubeconfigAsync(client, kubeconfig), image, GatewayHost(connection));
    }

    public async Task DisposeAsync()
    {
        if (Silo is not null)
        {
            await Silo.DisposeAsync();
        }

        if (Model is not null)
        {
            await Model.DisposeAsync();
        }

        if (Kubeconfig is { Length: > 0 } kubeconfig && !_wasInstalled)
        {
            CliResult removed = await CliProcess.RunAsync("uninstall", "--all", "--kubeconfig", kubeconfig);
            Assert.True(removed.ExitCode == 0, removed.ToString());
        }
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => _directory.Dispose();

    internal Task<ClusterTeam> CreateTeamAsync() => ClusterTeam.CreateAsync(Kubeconfig!, Model.OpenAiBaseUrl);

    /// <summary>The kubeconfig with a token of the control plane's ServiceAccount; as it is where the server makes no tokens.</summary>
    private async Task<string> RestrictedKubeconfigAsync(KubernetesClient client, string kubeconfig)
    {
        JsonObject answer;
        try
        {
            answer = await client.CreateSubresourceAsync(
                CoreTypes.ServiceAccounts,
                "sympozium-system",
                "sympozium-control-plane",
                "token",
                new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = new JsonObject { ["expirationSeconds"] = TokenSeconds } },
                CancellationToken.None);
        }
        catch (KubernetesException e) when (e.Code is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return kubeconfig;
        }

        JsonObject config = YamlReader.ReadSingle(await File.ReadAllTextAsync(kubeconfig), kubeconfig)!.AsObject();
        string current = (string)config["current-context"]!;
        JsonNode context = config["contexts"]!.AsArray().Single(c => (string?)c!["name"] == current)!["context"]!;
        JsonNode cluster = config["clusters"]!.AsArray().Single(c => (string?)c!["name"] == (string?)context["cluster"])!["cluster"]!.DeepClone();
        if ((string?)cluster["certificate-authority"] is { } authority)
        {
            cluster["certificate-authority"] = Path.GetFullPath(authority, Path.GetDirectoryName(Path.GetFullPath(kubeconfig))!);
        }

        var restricted = new JsonObject
        {
            ["current-context"] = "restricted",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "c", ["cluster"] = cluster }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "u", ["user"] = new JsonObject { ["token"] = (string)answer["status"]!["token"]! } }),
            ["contexts"] = new JsonArray(new JsonObject { ["name"] = "restricted", ["context"] = new JsonObject { ["cluster"] = "c", ["user"] = "u" } }),
        };
        await File.WriteAllTextAsync(_directory["restricted"], restricted.ToJsonString());
        return _directory["restricted"];
    }

    /// <summary>Where pods reach this machine: as told, else loopback beside an API on loopback, else this machine's first address.</summary>
    private static string GatewayHost(ClusterConnection connection)
    {
        if (Environment.GetEnvironmentVariable(LiveClusterFactAttribute.GatewayHostVariable) is { Length: > 0 } told)
        {
            return told;
        }

        bool pods = Environment.GetEnvironmentVariable(LiveClusterFactAttribute.RunnerImageVariable) is { Length: > 0 };
        if (connection.Server.IsLoopback && !pods)
        {
            return "127.0.0.1";
        }

        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)?.ToString() ?? "127.0.0.1";
    }
}
