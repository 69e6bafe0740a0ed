using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Silos and a gateway as processes of their own, on a real NATS and a real PostgreSQL beside a Kubernetes API over HTTPS.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterProfileTests
{
    private const string Script = "scenarios: [{ turns: [{ toolCalls: [{ name: execute_command, arguments: { command: \"echo ran as $(id -u)\" } }] }, { say: \"{{toolResults}}\" }] }]";

    [Fact]
    public async Task Runs_ThroughTwoSilosAndAGateway_AreDone()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();

        // With the rights of the manifests, nothing more.
        string silos = await installation.KubeconfigOfAsync("manifests/rbac.yaml", "sympozium-control-plane");
        string gateways = await installation.KubeconfigOfAsync("cluster/gateway.yaml", "sympozium-gateway");
        await using ControlPlanePart first = installation.StartSilo("--kubeconfig", silos);
        await using ControlPlanePart second = installation.StartSilo("--kubeconfig", silos);
        await using ControlPlanePart gateway = installation.StartGateway("--kubeconfig", gateways);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await using SimulatedPods pods = installation.SimulatePods();

        await pods.CreateRunsAsync(40, atOnce: 8, _ => Task.CompletedTask);
        await pods.AllEndedAsync(TestTimeouts.WithProcesses);
        using HttpResponseMessage answer = await installation.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{SimulatedPods.Namespace}/helper", messages = new[] { new { role = "user", content = "Hello?" } } });
        string body = await answer.Content.ReadAsStringAsync();

        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        Assert.True(answer.IsSuccessStatusCode, $"{body}\n{gateway.Log}\n{first.Log}");
        Assert.Equal("Hello.", (string?)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]);
        foreach (ControlPlanePart part in (ControlPlanePart[])[gateway, first, second])
        {
            Assert.True(await part.StopAsync() == 0, part.Log);
        }
    }

    [Fact]
    public async Task Pod_OfARun_PublishesOnNatsByItself_AndReachesTheModelThroughTheGateway()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync(withNode: true);
        await using ControlPlanePart silo = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(silo.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await installation.AddInstanceAsync("real", model.OpenAiBaseUrl);

        using HttpResponseMessage answer = await installation.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{SimulatedPods.Namespace}/real", messages = new[] { new { role = "user", content = "Who are you?" } } });
        string body = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.IsSuccessStatusCode, $"{body}\n{gateway.Log}\n{silo.Log}");
        Assert.Contains("ran as", (string?)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"], StringComparison.Ordinal);
        JsonObject run = Assert.Single((await installation.Client.ListAsync(SympoziumTypes.AgentRuns, SimulatedPods.Namespace, new ListOptions(), default)).Items);
        string name = (string)run["metadata"]!["name"]!;
        Assert.Equal(RunPhase.Succeeded, (string?)run["status"]!["phase"]);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
        JsonNode pod = (await installation.Client.GetAsync(CoreTypes.Jobs, SimulatedPods.Namespace, name, default))!["spec"]!["template"]!["spec"]!;
        Assert.Contains("nats://", pod["initContainers"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("bus.creds", pod["containers"]!.ToJsonString(), StringComparison.Ordinal);

        // The pod has said everything on NATS, and nothing through the gateway's bus.
        Assert.NotNull(await installation.Bus.FindResultAsync(new(SimulatedPods.Namespace, name), (string)run["metadata"]!["uid"]!, default));
        Assert.DoesNotContain(Installation.ProviderKey, silo.Log + gateway.Log, StringComparison.Ordinal);
        await UntilAsync(async () => await installation.Client.GetAsync(CoreTypes.Secrets, SimulatedPods.Namespace, name + "-token", default) is null);
    }

    [Fact]
    public async Task Installation_OfAnotherCluster_OnTheSameDatabase_IsRefused()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using ControlPlanePart first = installation.StartSilo();
        await first.ReadyAsync();
        (LocalClusterHost other, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();

        // No name was given to either: the clusters tell them apart.
        await using ControlPlanePart second = installation.StartSilo("--kubeconfig", other.KubeconfigPath);

        Assert.True(await second.EndedAsync() == 14, second.Log);
        Assert.Contains("Give each installation a database of its own", second.Log, StringComparison.Ordinal);
        Assert.False(first.HasExited);
        await other.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Parts_BeforeWhatTheyNeed_SayWhatIsMissing_AndBegin()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await installation.Postgres.StopAsync();
        await installation.Nats.StopAsync();
        await using ControlPlanePart gateway = installation.StartGateway();
        string text = await gateway.ReadyAsync((_, answer) => answer.Contains("database:", StringComparison.Ordinal));

        Assert.Contains("silos: none can be reached", text, StringComparison.Ordinal);
        await installation.Postgres.RestartAsync();
        await using ControlPlanePart silo = installation.StartSilo();
        await silo.ReadyAsync((ready, answer) => ready && answer.Contains("degraded: bus: NATS at nats://127.0.0.1", StringComparison.Ordinal));
        await gateway.ReadyAsync();
        await installation.Nats.StartAgainAsync();
        await Task.WhenAll(silo.ReadyAsync((_, answer) => answer == "ok"), gateway.ReadyAsync((_, answer) => answer == "ok"));
    }

    [Fact]
    public async Task Parts_ToldToEndWhileAllThatTheyNeedIsGone_End()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using ControlPlanePart silo = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(silo.ReadyAsync(), gateway.ReadyAsync());
        await using SimulatedPods pods = installation.SimulatePods();
        await pods.CreateRunsAsync(20, atOnce: 8, _ => Task.CompletedTask);

        await Task.WhenAll(installation.Postgres.StopAsync(), installation.Nats.StopAsync(), installation.StopApiAsync());
        int[] codes = await Task.WhenAll(silo.StopAsync(), gateway.StopAsync());

        Assert.Equal([0, 0], codes);
        Assert.Contains("Not all has ended within 30 s", silo.Log, StringComparison.Ordinal);

        // Told once, not by each grain.
        Assert.DoesNotContain(" error Grain:", silo.Log, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(silo.Log, "Database is gone"));
    }

    private static async Task UntilAsync(Func<Task<bool>> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!await wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }
}
