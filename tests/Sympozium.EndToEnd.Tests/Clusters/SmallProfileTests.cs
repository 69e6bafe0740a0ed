using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>The control plane in a process of its own beside a cluster over HTTPS: local grain runtime, SQLite, one at a time by a Lease.</summary>
public sealed class SmallProfileTests
{
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo ran as $(id -u)\" } }] }, { say: \"{{toolResults}}\" }] }]";

    [Fact]
    public async Task Run_OnAnotherCluster_GoesThroughGatewayAndBusOverTheNetwork()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using RemoteCluster cluster = await InstalledAsync(withNode: true);
        await using SiloProcess silo = await SiloProcess.StartReadyAsync(cluster.Kubeconfig);
        await using ClusterTeam team = await ClusterTeam.CreateAsync(cluster.Kubeconfig, model.OpenAiBaseUrl);

        await team.CreateRunAsync("one", "Say who you are.");
        JsonObject run = await team.WaitForEndAsync("one");

        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{silo.Log}");
        Assert.Contains("ran as", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
        JsonObject job = (await team.Client.GetAsync(CoreTypes.Jobs, team.Namespace, "one", CancellationToken.None))!;
        Assert.DoesNotContain("hostPath", job.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(silo.GatewayUrl, job.ToJsonString(), StringComparison.Ordinal);
        JsonObject policy = (await team.Client.GetAsync(CoreTypes.NetworkPolicies, team.Namespace, "sympozium-agent-egress", CancellationToken.None))!;
        Assert.Contains("127.0.0.1/32", policy.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Sympozium.Testing.Installation.ProviderKey, job.ToJsonString() + silo.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Double_WaitsByLease_AndTakesOverFromAKilledOne()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using RemoteCluster cluster = await InstalledAsync(withNode: true);
        await using SiloProcess first = await SiloProcess.StartReadyAsync(cluster.Kubeconfig);
        await using SiloProcess second = SiloProcess.Start(cluster.Kubeconfig);
        await using ClusterTeam team = await ClusterTeam.CreateAsync(cluster.Kubeconfig, model.OpenAiBaseUrl);
        await second.WaitForReadinessAsync(answer => answer.Contains("leads, this process waits", StringComparison.Ordinal));

        await first.KillAsync();
        await team.CreateRunAsync("after", "Who is there?");
        JsonObject run = await team.WaitForEndAsync("after");

        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{second.Log}");
        await second.WaitForReadinessAsync(answer => answer == "ok");
    }

    [Fact]
    public async Task Api_Gone_ShowsInReadyzAndOnceInTheLog_AndRunsGoOnWhenItIsBack()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using RemoteCluster cluster = await InstalledAsync(withNode: true);
        await using SiloProcess silo = await SiloProcess.StartReadyAsync(cluster.Kubeconfig);
        string kubeconfig = cluster.Kubeconfig;

        await cluster.StopAsync();
        await silo.WaitForReadinessAsync(answer => answer.Contains("kubernetes: cannot reach the Kubernetes API at", StringComparison.Ordinal));
        await cluster.StartAgainAsync();
        await silo.WaitForReadinessAsync(answer => answer == "ok");
        await using ClusterTeam team = await ClusterTeam.CreateAsync(kubeconfig, model.OpenAiBaseUrl);
        await team.CreateRunAsync("back", "Still there?");

        Assert.Equal("Succeeded", (string?)(await team.WaitForEndAsync("back"))["status"]!["phase"]);
        string[] lines = silo.Log.Split('\n');
        Assert.True(lines.Count(line => line.Contains("The API server is gone", StringComparison.Ordinal)) == 1, silo.Log);
        Assert.True(lines.Count(line => line.Contains("is back after", StringComparison.Ordinal)) == 1, silo.Log);
        Assert.True(lines.Length < 60, silo.Log);
    }

    [Fact]
    public async Task Cluster_WithoutDefinitions_IsRefusedWithWhatToDo()
    {
        await using RemoteCluster cluster = await RemoteCluster.StartAsync(withNode: false);
        await using SiloProcess silo = SiloProcess.Start(cluster.Kubeconfig);
        (int exitCode, string log) = await silo.EndAsync();
        Assert.Equal(13, exitCode);
        Assert.Contains("agentruns.sympozium.ai", log, StringComparison.Ordinal);
        Assert.Contains("install the definitions with 'sympozium install'", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uninstall_All_LeavesNothing()
    {
        await using RemoteCluster cluster = await InstalledAsync(withNode: false);
        CliResult again = await CliProcess.RunAsync("install", "--external", "--kubeconfig", cluster.Kubeconfig);
        Assert.True(again.ExitCode == 0, again.ToString());
        await using ClusterTeam team = await ClusterTeam.CreateEmptyAsync(cluster.Kubeconfig, null, null, null);

        // What the first run of a namespace makes for all of them.
        await team.CreateAsync(CoreTypes.ServiceAccounts, "sympozium-agent", []);
        JsonObject policy = await team.CreateAsync(CoreTypes.NetworkPolicies, "sympozium-agent-ingress", new JsonObject { ["spec"] = new JsonObject { ["podSelector"] = new JsonObject() } });
        policy["metadata"]!["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "sympozium", ["app.kubernetes.io/managed-by"] = "sympozium-controller" };
        await team.Client.ReplaceAsync(CoreTypes.NetworkPolicies, policy, null, CancellationToken.None);
        await team.CreateAsync(CoreTypes.NetworkPolicies, "somebody-elses", new JsonObject { ["spec"] = new JsonObject { ["podSelector"] = new JsonObject() } });

        CliResult removed = await CliProcess.RunAsync("uninstall", "--all", "--kubeconfig", cluster.Kubeconfig);

        Assert.True(removed.ExitCode == 0, removed.ToString());
        Assert.Null(await team.Client.GetAsync(CoreTypes.ServiceAccounts, team.Namespace, "sympozium-agent", CancellationToken.None));
        Assert.Equal("somebody-elses", (string?)Assert.Single((await team.Client.ListAsync(CoreTypes.NetworkPolicies, team.Namespace, ListOptions.All, CancellationToken.None)).Items)["metadata"]!["name"]);
        CliResult nothing = await CliProcess.RunAsync("uninstall", "--kubeconfig", cluster.Kubeconfig);
        Assert.Contains("There was nothing to remove.", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_WhileAnEarlierInstallationIsGoing_WaitsForItsEnd()
    {
        await using RemoteCluster cluster = await InstalledAsync(withNode: false);
        using KubernetesClient client = new(Kubeconfig.Load(cluster.Kubeconfig).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        var held = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "held", ["namespace"] = "sympozium-system", ["finalizers"] = new JsonArray("example.com/held") },
        };
        await client.CreateAsync(CoreTypes.ConfigMaps, held, CancellationToken.None);
        await client.DeleteAsync(CoreTypes.Namespaces, null, "sympozium-system", DeleteOptions.Background, CancellationToken.None);

        using CliProcess install = CliProcess.Start(["install", "--external", "--kubeconfig", cluster.Kubeconfig]);
        await install.WaitForErrorAsync("waiting for the end of namespace/sympozium-system of an earlier installation");
        var free = new Patch(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        await client.PatchAsync(CoreTypes.ConfigMaps, "sympozium-system", "held", free, null, CancellationToken.None);
        CliResult installed = await install.EndAsync();

        Assert.True(installed.ExitCode == 0, installed.ToString());
        Assert.NotNull(await client.GetAsync(CoreTypes.ServiceAccounts, "sympozium-system", "sympozium-control-plane", CancellationToken.None));
    }

    internal static async Task<RemoteCluster> InstalledAsync(bool withNode)
    {
        RemoteCluster cluster = await RemoteCluster.StartAsync(withNode);
        CliResult installed = await CliProcess.RunAsync("install", "--external", "--kubeconfig", cluster.Kubeconfig);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        return cluster;
    }
}
