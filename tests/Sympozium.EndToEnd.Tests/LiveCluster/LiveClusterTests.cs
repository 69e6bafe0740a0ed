using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// The thin path on the cluster that <c>SYMPOZIUM_TEST_KUBECONFIG</c> names. With a node and an imported runner image whole runs; without any node
/// the test plays kubelet and agent, and everything else is real.
/// </summary>
[Trait("Category", "LiveCluster")]
public sealed class LiveClusterTests(LiveInstallation installation) : IClassFixture<LiveInstallation>
{
    [LiveClusterFact(NeedsNode = true)]
    public async Task Run_InAPod_SucceedsWithTheAnswerAndTheBrokersUsage()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        await team.CreateRunAsync("one", "Say who you are.");
        JsonObject run = await team.WaitForEndAsync("one");
        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{installation.Silo.Log}");
        Assert.Contains("ran as", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
    }

    [LiveClusterFact(NeedsNode = true)]
    public async Task Request_OverHttp_IsAnsweredByARunInAPod()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        using HttpResponseMessage answer = await installation.Silo.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{team.Namespace}/{ClusterTeam.Instance}", messages = new[] { new { role = "user", content = "Hello" } } });
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.Contains("ran as", body, StringComparison.Ordinal);
    }

    [LiveClusterFact(PlaysPods = true)]
    public async Task Run_WhoseAgentAsksAndAnswers_SucceedsWithUsage_AndItsTokenIsWithdrawn()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        AgentHand agent = new(team, installation.Silo);
        await team.CreateRunAsync("played", "Answer.");
        Assert.Contains("execute_command", await agent.AskAsync("played", "Answer."), StringComparison.Ordinal);
        await agent.FinishAsync("played", "the answer");
        JsonObject run = await team.WaitForEndAsync("played");
        Assert.Equal("Succeeded", (string?)run["status"]!["phase"]);
        Assert.Equal("the answer", (string?)run["status"]!["result"]);
        await team.WaitForAsync(SympoziumTypes.AgentRuns, "metadata.name=played", null, resource => (int?)resource["status"]!["tokenUsage"]!["modelCalls"] == 1);
        await UntilAsync(async () => await team.Client.GetAsync(CoreTypes.Secrets, team.Namespace, "played-token", CancellationToken.None) is null);
    }

    [LiveClusterFact]
    public async Task Job_OfARun_IsAcceptedAsItIs_WithSidecarAndPolicies()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        await team.CreateRunAsync("shape", "Answer.");
        JsonObject job = await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=shape", null, _ => true);
        JsonNode pod = job["spec"]!["template"]!["spec"]!;
        Assert.Equal("Always", (string?)pod["initContainers"]![0]!["restartPolicy"]);
        Assert.Equal("sympozium-agent", (string?)pod["serviceAccountName"]);
        Assert.DoesNotContain("hostPath", job.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.ProviderKey, job.ToJsonString(), StringComparison.Ordinal);
        Assert.NotNull(await team.Client.GetAsync(CoreTypes.NetworkPolicies, team.Namespace, "sympozium-agent-egress", CancellationToken.None));
        Assert.NotNull(await team.Client.GetAsync(CoreTypes.ServiceAccounts, team.Namespace, "sympozium-agent", CancellationToken.None));
    }

    [LiveClusterFact(PlaysPods = true)]
    public async Task Pod_Evicted_FailsTheRunWithTheReason()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        AgentHand agent = new(team, installation.Silo);
        await team.CreateRunAsync("evicted", "Answer.");
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=evicted", null, _ => true);
        if (await agent.PodAsync("evicted") is not { } pod)
        {
            // No Job controller, so no pod that could be evicted.
            return;
        }

        await agent.PatchPodAsync(pod, new JsonObject { ["phase"] = "Failed", ["reason"] = "Evicted", ["message"] = "The node was low on resource: memory." });
        JsonObject run = await team.WaitForEndAsync("evicted");
        Assert.Equal("Evicted", (string?)run["status"]!["reason"]);
        Assert.Contains("low on resource", (string?)run["status"]!["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact(PlaysPods = true)]
    public async Task Image_ThatCannotBePulled_ShowsWhileTheRunWaits()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        AgentHand agent = new(team, installation.Silo);
        await team.CreateRunAsync("pull", "Answer.");
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=pull", null, _ => true);
        if (await agent.PodAsync("pull") is not { } pod)
        {
            return;
        }

        await agent.PatchPodAsync(pod, new JsonObject
        {
            ["phase"] = "Pending",
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "agent",
                ["image"] = "x",
                ["imageID"] = "",
                ["ready"] = false,
                ["restartCount"] = 0,
                ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ErrImagePull", ["message"] = "not found" } },
            }),
        });
        JsonObject run = await team.WaitForAsync(SympoziumTypes.AgentRuns, "metadata.name=pull", null, resource => (string?)resource["status"]?["reason"] == "ImagePullFailed");
        Assert.Equal("Pending", (string?)run["status"]!["phase"]);
    }

    [LiveClusterFact]
    public async Task Run_Cancelled_EndsAndItsJobIsGone()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        await team.CreateRunAsync("cancelled", "Answer.");
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=cancelled", null, _ => true);
        var cancel = new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } });
        await team.Client.PatchAsync(SympoziumTypes.AgentRuns, team.Namespace, "cancelled", cancel, null, CancellationToken.None);
        Assert.Equal("Cancelled", (string?)(await team.WaitForEndAsync("cancelled"))["status"]!["phase"]);
        await UntilAsync(async () => await team.Client.GetAsync(CoreTypes.Jobs, team.Namespace, "cancelled", CancellationToken.None) is not { } job || job["metadata"]!["deletionTimestamp"] is not null);
    }

    [LiveClusterFact]
    public async Task Run_Deleted_TakesItsObjectsWithIt()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        await team.CreateRunAsync("gone", "Answer.");
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=gone", null, _ => true);
        await team.Client.DeleteAsync(SympoziumTypes.AgentRuns, team.Namespace, "gone", DeleteOptions.Background, CancellationToken.None);
        await UntilAsync(async () => await team.Client.GetAsync(CoreTypes.Jobs, team.Namespace, "gone", CancellationToken.None) is null
            && await team.Client.GetAsync(CoreTypes.ConfigMaps, team.Namespace, "gone-input", CancellationToken.None) is null);
    }

    [LiveClusterFact]
    public async Task Samples_AreAcceptedByTheServer()
    {
        // The old spellings too; demo-model.yaml is a script of the scripted model, no object.
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "samples"), "*.yaml", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "demo-model.yaml")
            .SelectMany(file => new[] { "-f", file })];
        CliResult applied = await CliProcess.RunAsync(["apply", "--dry-run=server", .. files, "--kubeconfig", LiveInstallation.Kubeconfig!]);
        Assert.True(applied.ExitCode == 0, applied.ToString());
    }

    private static async Task UntilAsync(Func<Task<bool>> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!await wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
        }
    }
}
