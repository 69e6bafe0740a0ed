using System.Globalization;
using System.Net;
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
/// the rights of its ServiceAccount and nothing more, a scripted model. Everything that was not there before is gone in the end, also what an
/// earlier run left that died. Two runs on one cluster take turns, by the control plane's own Lease; the last one removes the installation.
/// </summary>
public sealed class LiveInstallation : IAsyncLifetime, IDisposable
{
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo ran as $(id -u)\" } }] }, { say: \"{{toolResults}}\" }] }]";
    private const string SystemNamespace = "sympozium-system";
    private const int TokenSeconds = 3 * 3600;

    /// <summary>On the system namespace, when a run of tests and no person installed Sympozium.</summary>
    private const string InstalledByTest = "sympozium.ai/installed-by-test";

    /// <summary>How long a Lease of somebody who died is in the way, and more.</summary>
    private static readonly TimeSpan LeaseExpiry = TimeSpan.FromMinutes(1);

    /// <summary>How long another run of this suite may take.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<ClusterTeam> _teams = [];
    private readonly List<JsonObject> _rights = [];
    private KubernetesClient? _client;
    private LiveRun? _run;
    private HeldLease? _turn;
    private bool _isOurs;
    private Func<Task> _startControlPlane = null!;

    /// <summary>What the webhook's configurations are called here, so that those of an installation stay as they are.</summary>
    internal static string WebhookName => LiveRun.Name;

    internal ModelStubServer Model { get; private set; } = null!;

    internal ILiveControlPlane ControlPlane { get; private set; } = null!;

    internal ClusterAbilities Abilities { get; private set; } = null!;

    /// <summary>Where the cluster's pods reach this machine.</summary>
    internal string Host { get; private set; } = null!;

    /// <summary>Where the API server finds the admission webhook, if it can reach this machine.</summary>
    internal Uri Webhook { get; private set; } = null!;

    internal KubernetesClient Client => _client!;

    /// <summary>The control plane's gateway, as a client with its token.</summary>
    internal HttpClient Gateway => ControlPlane.Gateway;

    /// <summary>Bearer token of the gateway's clients.</summary>
    internal string Token => ControlPlane.Token;

    /// <summary>What the control plane has logged.</summary>
    internal string Log => ControlPlane.Log;

    public async Task InitializeAsync()
    {
        if (LiveEnvironment.Kubeconfig is not { } kubeconfig)
        {
            return;
        }

        ClusterConnection connection = Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System);
        _client = new KubernetesClient(connection, new KubernetesClientOptions(), TimeProvider.System);
        _run = await LiveRun.StartAsync(_client);
        Abilities = await ClusterAbilities.ProbeAsync(_client);
        await RemoveLeftoversAsync(_client);
        await InstallAsync(_client, kubeconfig);
        Model = await ModelStubServer.StartAsync(Script);
        Host = LiveEnvironment.MachineAddress(connection.Server, LiveEnvironment.RunnerImage is not null);
        int port = FreePort.Take();
        Webhook = new Uri($"https://{Host}:{port}/");
        _startControlPlane = () => StartControlPlaneAsync(_client, kubeconfig, Host, WebhookManifests.Environment(Host, port, WebhookName));
        await _startControlPlane();
    }

    public async Task DisposeAsync()
    {
        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync();
        }

        if (_turn is not null)
        {
            await _turn.DisposeAsync();
        }

        if (Model is not null)
        {
            await Model.DisposeAsync();
        }

        if (_client is null || _run is null || Abilities is null)
        {
            return;
        }

        foreach (JsonObject right in _rights)
        {
            await _client.DeleteAsync(WebhookManifests.TypeOf(right), (string?)right["metadata"]!["namespace"], (string)right["metadata"]!["name"]!, DeleteOptions.Background, CancellationToken.None);
        }

        await Task.WhenAll(_teams.Select(team => LiveNamespaces.FinishAsync(_client, team.Namespace, endsByItself: true)));
        await _run.DisposeAsync();
        await LiveNamespaces.RemoveAsync(_client, LiveRun.Name, Abilities.EndsNamespaces);
        if (_isOurs && !await LiveRun.OthersLiveAsync(_client))
        {
            string seconds = Abilities.EndsNamespaces ? ((int)LiveEnvironment.Patience.TotalSeconds).ToString(CultureInfo.InvariantCulture) : "0";
            CliResult removed = await CliProcess.RunAsync("uninstall", "--all", "--timeout", seconds, "--kubeconfig", LiveEnvironment.Kubeconfig!);
            Assert.True(removed.ExitCode == 0, removed.ToString());
            await LiveNamespaces.FinishAsync(_client, SystemNamespace, Abilities.EndsNamespaces);
        }
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        _client?.Dispose();
        _directory.Dispose();
    }

    /// <summary>
    /// A namespace for a test, with an instance. <paramref name="played"/>: no node shall take its pods, since the test plays them. Its model is the
    /// suite's own unless <paramref name="modelUrl"/> names another.
    /// </summary>
    internal async Task<ClusterTeam> CreateTeamAsync(bool played = false, string? modelUrl = null)
    {
        ClusterTeam team = await ClusterTeam.CreateAsync(
            LiveEnvironment.Kubeconfig!,
            modelUrl ?? Model.OpenAiBaseUrl,
            played ? ClusterAbilities.Nowhere : null,
            LiveEnvironment.Patience,
            Finish,
            LiveRun.Labels);
        Remember(team);
        return team;
    }

    /// <summary>A world with pods that run, and a model of its own.</summary>
    /// <exception cref="SkipTestException">The cluster, or its nodes, are not named.</exception>
    internal async Task<AgentWorld> StartWorldAsync(string script, JsonObject? policy = null)
    {
        if ((LiveEnvironment.Kubeconfig is null ? $"{LiveEnvironment.KubeconfigVariable} names no kubeconfig."
            : LiveEnvironment.RunnerImage is null ? $"{LiveEnvironment.RunnerImageVariable} names no image that the cluster's nodes have."
            : null) is { } missing)
        {
            throw new SkipTestException(missing);
        }

        ModelStubServer model = await ModelStubServer.StartAsync(script);
        ClusterTeam team = await ClusterTeam.CreateEmptyAsync(LiveEnvironment.Kubeconfig!, LiveEnvironment.Patience, Finish, LiveRun.Labels);
        Remember(team);
        var world = new LiveWorld(this, team, model);
        await world.CreateInstanceAsync(AgentWorld.Instance, model.OpenAiBaseUrl, policy);
        return world;
    }

    /// <summary>Does something while the control plane of the suite is gone; definitions, rights and control plane are as before in the end.</summary>
    /// <exception cref="SkipTestException">Sympozium was there already, and is not ours to replace.</exception>
    internal async Task InsteadOfControlPlaneAsync(Func<Task> work)
    {
        if (!_isOurs)
        {
            throw new SkipTestException("Sympozium is installed on the cluster already, and this case would replace it.");
        }

        await ControlPlane.DisposeAsync();
        try
        {
            await work();
        }
        finally
        {
            await InstallDefinitionsAsync(LiveEnvironment.Kubeconfig!);
            await _startControlPlane();
        }
    }

    private void Remember(ClusterTeam team)
    {
        lock (_teams)
        {
            _teams.Add(team);
        }
    }

    private Task Finish(ClusterTeam team) => Abilities.EndsNamespaces ? Task.CompletedTask : LiveNamespaces.FinishAsync(team.Client, team.Namespace, endsByItself: false);

    private async Task InstallAsync(KubernetesClient client, string kubeconfig)
    {
        // An earlier uninstallation may be under way where nobody ends namespaces.
        JsonObject? space = await client.GetAsync(CoreTypes.Namespaces, null, SystemNamespace, CancellationToken.None);
        if (space?["metadata"]!["deletionTimestamp"] is not null)
        {
            await LiveNamespaces.FinishAsync(client, SystemNamespace, Abilities.EndsNamespaces);
            space = null;
        }

        bool wasThere = await client.GetAsync(CoreTypes.CustomResourceDefinitions, null, "agentruns.sympozium.ai", CancellationToken.None) is not null;
        _isOurs = !wasThere || space?["metadata"]!["annotations"]?[InstalledByTest] is not null;
        await InstallDefinitionsAsync(kubeconfig);
        if (_isOurs)
        {
            var mark = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [InstalledByTest] = LiveRun.Name } } };
            await client.PatchAsync(CoreTypes.Namespaces, null, SystemNamespace, new Patch(PatchType.Merge, mark), null, CancellationToken.None);
        }

        foreach (JsonObject right in WebhookManifests.Rights(WebhookName).Concat(LiveEnvironment.IsClusterProfile ? WebhookManifests.GatewayRights() : []))
        {
            right["metadata"]!["labels"] = LiveRun.Labels;
            try
            {
                await client.CreateAsync(WebhookManifests.TypeOf(right), right, CancellationToken.None);
                _rights.Add(right);
            }
            catch (KubernetesException e) when (e.IsAlreadyExists)
            {
                // The gateway's, of an installation that is there.
            }
        }
    }

    private static async Task InstallDefinitionsAsync(string kubeconfig)
    {
        CliResult installed = await CliProcess.RunAsync("install", "--external", "--timeout", ((int)LiveEnvironment.Patience.TotalSeconds).ToString(CultureInfo.InvariantCulture), "--kubeconfig", kubeconfig);
        Assert.True(installed.ExitCode == 0, installed.ToString());
    }

    private async Task StartControlPlaneAsync(KubernetesClient client, string kubeconfig, string host, IReadOnlyDictionary<string, string> admission)
    {
        string image = LiveEnvironment.RunnerImage ?? RemoteCluster.RunnerImage;
        string own = await RestrictedKubeconfigAsync(client, kubeconfig, "sympozium-control-plane");
        if (LiveEnvironment.IsClusterProfile)
        {
            _turn = new HeldLease(client, SystemNamespace, "sympozium-control-plane", LiveRun.Name);
            await WaitForTurnAsync(_turn);
            ControlPlane = await ClusterControlPlane.StartAsync(client, own, await RestrictedKubeconfigAsync(client, kubeconfig, "sympozium-gateway"), image, host, admission);
            return;
        }

        SiloProcess silo = SiloProcess.Start(own, image, host, admission, $"{LiveRun.Name}_{Guid.NewGuid():n}");
        ControlPlane = silo;
        await WaitForTurnAsync(silo);
    }

    /// <summary>One control plane works on a cluster at a time; silos of the cluster profile do not ask for the Lease, so the tests do.</summary>
    private static async Task WaitForTurnAsync(HeldLease turn)
    {
        try
        {
            await turn.Held.WaitAsync(LeaseExpiry);
        }
        catch (TimeoutException) when (turn.Holder.StartsWith(LiveRun.Prefix, StringComparison.Ordinal))
        {
            await turn.Held.WaitAsync(Turn);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(TakenBy(turn.Holder), e);
        }
    }

    private static async Task WaitForTurnAsync(SiloProcess silo)
    {
        static bool Waits(string text) => text.Contains("leads, this process waits", StringComparison.Ordinal);
        string answer = await silo.WaitForReadinessAsync(text => text == "ok" || Waits(text), LiveEnvironment.Patience);
        if (answer == "ok")
        {
            return;
        }

        bool another = answer.Contains($"'{LiveRun.Prefix}", StringComparison.Ordinal);
        try
        {
            await silo.WaitForReadinessAsync(text => text == "ok", another ? Turn : LeaseExpiry);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(TakenBy(answer), e);
        }
    }

    private static string TakenBy(string whom) =>
        $"A control plane works on this cluster already, and the suite needs its place: {whom} End it meanwhile: kubectl -n {SystemNamespace} scale deployment/sympozium-control-plane --replicas=0";

    /// <summary>What runs left that died. Webhooks go first: theirs answer no more, and nothing that they guard could be deleted.</summary>
    private async Task RemoveLeftoversAsync(KubernetesClient client)
    {
        foreach (ResourceType type in WebhookManifests.ClusterWide)
        {
            foreach (JsonObject left in await LiveRun.LeftByDeadAsync(client, type))
            {
                await client.DeleteAsync(type, null, (string)left["metadata"]!["name"]!, DeleteOptions.Background, CancellationToken.None);
            }
        }

        foreach (JsonObject left in await LiveRun.LeftByDeadAsync(client, CoreTypes.Namespaces))
        {
            await LiveNamespaces.RemoveAsync(client, (string)left["metadata"]!["name"]!, Abilities.EndsNamespaces);
        }
    }

    /// <summary>The kubeconfig with a token of a ServiceAccount; as it is where the server makes no tokens.</summary>
    private async Task<string> RestrictedKubeconfigAsync(KubernetesClient client, string kubeconfig, string account)
    {
        JsonObject answer;
        try
        {
            answer = await client.CreateSubresourceAsync(
                CoreTypes.ServiceAccounts,
                SystemNamespace,
                account,
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
        await File.WriteAllTextAsync(_directory[account], restricted.ToJsonString());
        return _directory[account];
    }
}
