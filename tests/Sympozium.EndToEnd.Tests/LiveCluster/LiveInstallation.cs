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
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// Sympozium on a cluster that is there already: definitions and rights installed by the command, a control plane on this machine that works with
/// the rights of its ServiceAccount and nothing more, a scripted model. Everything that was not there before is gone in the end.
/// </summary>
public sealed class LiveInstallation : IAsyncLifetime, IDisposable
{
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo ran as $(id -u)\" } }] }, { say: \"{{toolResults}}\" }] }]";
    private const string SystemNamespace = "sympozium-system";
    private const int TokenSeconds = 3600;

    private readonly TemporaryDirectory _directory = new();
    private KubernetesClient? _client;
    private bool _wasInstalled;

    /// <summary>What the webhook's configurations are called here, so that those of an installation stay as they are.</summary>
    internal static string WebhookName { get; } = $"sympozium-test-{Guid.NewGuid():n}"[..24];

    internal ModelStubServer Model { get; private set; } = null!;

    internal SiloProcess Silo { get; private set; } = null!;

    internal ClusterAbilities Abilities { get; private set; } = null!;

    /// <summary>Where the API server finds the admission webhook, if it can reach this machine.</summary>
    internal Uri Webhook { get; private set; } = null!;

    internal KubernetesClient Client => _client!;

    public async Task InitializeAsync()
    {
        if (LiveEnvironment.Kubeconfig is not { } kubeconfig)
        {
            return;
        }

        ClusterConnection connection = Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System);
        _client = new KubernetesClient(connection, new KubernetesClientOptions(), TimeProvider.System);
        Abilities = await ClusterAbilities.ProbeAsync(_client);
        await FinishEarlierRunAsync(_client);
        _wasInstalled = await _client.GetAsync(CoreTypes.CustomResourceDefinitions, null, "agentruns.sympozium.ai", CancellationToken.None) is not null;
        CliResult installed = await CliProcess.RunAsync("install", "--external", "--kubeconfig", kubeconfig);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        foreach (JsonObject right in WebhookManifests.Rights(WebhookName))
        {
            await _client.CreateAsync(WebhookManifests.TypeOf(right), right, CancellationToken.None);
        }

        Model = await ModelStubServer.StartAsync(Script);
        string host = GatewayHost(connection);
        int port = FreePort.Take();
        Webhook = new Uri($"https://{host}:{port}/");
        Silo = await SiloProcess.StartReadyAsync(
            await RestrictedKubeconfigAsync(_client, kubeconfig), LiveEnvironment.RunnerImage ?? RemoteCluster.RunnerImage, host, WebhookManifests.Environment(host, port, WebhookName));
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

        if (_client is null)
        {
            return;
        }

        foreach (JsonObject right in WebhookManifests.Rights(WebhookName))
        {
            await _client.DeleteAsync(WebhookManifests.TypeOf(right), (string?)right["metadata"]!["namespace"], (string)right["metadata"]!["name"]!, DeleteOptions.Background, CancellationToken.None);
        }

        if (!_wasInstalled)
        {
            CliResult removed = await CliProcess.RunAsync("uninstall", "--all", "--timeout", Abilities.EndsNamespaces ? "180" : "0", "--kubeconfig", LiveEnvironment.Kubeconfig!);
            Assert.True(removed.ExitCode == 0, removed.ToString());
            await Abilities.FinishNamespaceAsync(_client, SystemNamespace);
        }
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        _client?.Dispose();
        _directory.Dispose();
    }

    /// <summary>A namespace for a test. <paramref name="played"/>: no node shall take its pods, since the test plays them.</summary>
    internal Task<ClusterTeam> CreateTeamAsync(bool played = false) => ClusterTeam.CreateAsync(
        LiveEnvironment.Kubeconfig!,
        Model.OpenAiBaseUrl,
        played ? ClusterAbilities.Nowhere : null,
        LiveEnvironment.Patience,
        team => Abilities.EndsNamespaces ? Task.CompletedTask : Abilities.FinishNamespaceAsync(team.Client, team.Namespace));

    /// <summary>An earlier run may have left its namespace ending.</summary>
    private async Task FinishEarlierRunAsync(KubernetesClient client)
    {
        JsonObject? space = await client.GetAsync(CoreTypes.Namespaces, null, SystemNamespace, CancellationToken.None);
        if (space?["metadata"]!["deletionTimestamp"] is not null)
        {
            await Abilities.FinishNamespaceAsync(client, SystemNamespace);
        }
    }

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
        if (LiveEnvironment.GatewayHost is { } told)
        {
            return told;
        }

        bool pods = LiveEnvironment.RunnerImage is not null;
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
