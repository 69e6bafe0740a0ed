using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// The way of a run on the cluster that <c>SYMPOZIUM_TEST_KUBECONFIG</c> names. With a node and an imported runner image whole runs; where a test
/// plays the pod, no node is needed, and everything else is real.
/// </summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveClusterTests(LiveInstallation installation)
{
    [LiveClusterFact(NeedsNode = true)]
    public async Task Run_InAPod_SucceedsWithTheAnswerAndTheBrokersUsage()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        await team.CreateRunAsync("one", "Say who you are.");
        JsonObject run = await team.WaitForEndAsync("one");
        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{installation.Log}");
        Assert.Contains("ran as ", (string?)run["status"]!["result"], StringComparison.Ordinal);
        Assert.Equal(2, (int?)run["status"]!["tokenUsage"]!["modelCalls"]);
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=one", null, job => job["status"]?["conditions"]?.ToJsonString().Contains("\"Complete\"", StringComparison.Ordinal) ?? false);
    }

    [LiveClusterFact(NeedsNode = true)]
    public async Task Request_OverHttp_IsAnsweredByARunInAPod()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync();
        Assert.Contains("ran as ", await CompleteAsync(team), StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Run_WhoseAgentAsksAndAnswers_SucceedsWithUsage_AndItsTokenIsWithdrawn()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        AgentHand agent = new(team, installation.ControlPlane);
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
    public async Task Request_OverHttp_IsAnsweredByTheRunThatItMakes()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        Task<string> answer = CompleteAsync(team);
        JsonObject run = await team.WaitForAsync(SympoziumTypes.AgentRuns, null, null, _ => true);
        await new AgentHand(team, installation.ControlPlane).FinishAsync((string)run["metadata"]!["name"]!, "good day to you");
        Assert.Contains("good day to you", await answer, StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Job_OfARun_IsAcceptedAsItIs_WithSidecarAndPolicies()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        await team.CreateRunAsync("shape", "Answer.");
        JsonObject job = await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=shape", null, _ => true);
        JsonNode pod = job["spec"]!["template"]!["spec"]!;
        Assert.Equal("Always", (string?)pod["initContainers"]![0]!["restartPolicy"]);
        Assert.Equal("sympozium-agent", (string?)pod["serviceAccountName"]);
        Assert.DoesNotContain("hostPath", job.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.ProviderKey, job.ToJsonString(), StringComparison.Ordinal);
        if (System.Net.IPAddress.TryParse(new Uri(installation.ControlPlane.GatewayUrl).Host, out _))
        {
            // No policy can name another host by its name.
            Assert.NotNull(await team.Client.GetAsync(CoreTypes.NetworkPolicies, team.Namespace, "sympozium-agent-egress", CancellationToken.None));
        }

        Assert.NotNull(await team.Client.GetAsync(CoreTypes.ServiceAccounts, team.Namespace, "sympozium-agent", CancellationToken.None));
    }

    [LiveClusterFact]
    public async Task Run_OfAnUnknownInstance_FailsNamingIt()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        await team.CreateAsync(SympoziumTypes.AgentRuns, "lost", new JsonObject { ["spec"] = new JsonObject { ["instanceRef"] = "nobody", ["task"] = "Answer." } });
        JsonObject run = await team.WaitForEndAsync("lost");
        Assert.Equal("ReferenceNotFound", (string?)run["status"]!["reason"]);
        Assert.Contains("nobody", (string?)run["status"]!["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Run_Cancelled_EndsAndItsJobIsGone()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
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
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        JsonObject run = await team.CreateRunAsync("gone", "Answer.");
        JsonObject job = await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=gone", null, _ => true);
        Assert.Equal((string?)run["metadata"]!["uid"], (string?)job["metadata"]!["ownerReferences"]![0]!["uid"]);
        if (!installation.Abilities.CollectsGarbage)
        {
            throw new SkipTestException("The cluster runs no garbage collector (an object whose owner is gone stayed); the owner references are right.");
        }

        await team.Client.DeleteAsync(SympoziumTypes.AgentRuns, team.Namespace, "gone", DeleteOptions.Background, CancellationToken.None);
        await UntilAsync(async () => await team.Client.GetAsync(CoreTypes.Jobs, team.Namespace, "gone", CancellationToken.None) is null
            && await team.Client.GetAsync(CoreTypes.ConfigMaps, team.Namespace, "gone-input", CancellationToken.None) is null);
    }

    private async Task<string> CompleteAsync(ClusterTeam team)
    {
        using HttpResponseMessage answer = await installation.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{team.Namespace}/{ClusterTeam.Instance}", messages = new[] { new { role = "user", content = "Hello" } } });
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{body}\n{installation.Log}");
        return body;
    }

    private static async Task UntilAsync(Func<Task<bool>> wanted)
    {
        using var deadline = new CancellationTokenSource(LiveEnvironment.Patience);
        while (!await wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, deadline.Token);
        }
    }
}
