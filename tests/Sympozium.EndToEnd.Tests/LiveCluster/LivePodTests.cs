using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>What happens to a pod becomes a phase with a reason. The test plays kubelet and, where the cluster has none, Job controller.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LivePodTests(LiveInstallation installation)
{
    /// <summary>Much longer than an API server takes to notice a quota.</summary>
    private static readonly TimeSpan Enforced = TimeSpan.FromSeconds(30);

    private static readonly ResourceType Quotas = new("", "v1", "resourcequotas", "ResourceQuota");

    [LiveClusterFact]
    public async Task Job_ThatEndsWithoutAResult_FailsTheRunWithTheExitCode()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("ended", "Answer.");
        string pod = await node.PodAsync("ended");
        await node.RunAsync(pod);
        Assert.Equal(pod, (string?)(await team.WaitForPhaseAsync("ended", "Running"))["status"]!["podName"]);
        await node.EndAsync(pod, 3, "Error");
        await node.EndJobAsync("ended", succeeded: false);
        JsonNode status = (await team.WaitForEndAsync("ended"))["status"]!;
        Assert.Equal(("Failed", "ContainerFailed", 3), ((string?)status["phase"], (string?)status["reason"], (int?)status["exitCode"]));
        Assert.Contains("exited with code 3", (string?)status["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Job_ThatCompletesWithoutAResult_FailsTheRun()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("silent", "Answer.");
        string pod = await node.PodAsync("silent");
        await node.EndAsync(pod, 0, "Completed");
        await node.EndJobAsync("silent", succeeded: true);
        JsonNode status = (await team.WaitForEndAsync("silent"))["status"]!;
        Assert.Equal(("Failed", "ContainerFailed"), ((string?)status["phase"], (string?)status["reason"]));
        Assert.Contains("without a result", (string?)status["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Pod_KilledForItsMemory_FailsTheRunWithTheReason()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("large", "Answer.");
        string pod = await node.PodAsync("large");
        await node.EndAsync(pod, 137, "OOMKilled");
        await node.EndJobAsync("large", succeeded: false);
        Assert.Equal("OutOfMemory", (string?)(await team.WaitForEndAsync("large"))["status"]!["reason"]);
    }

    [LiveClusterFact]
    public async Task Pod_Evicted_FailsTheRunWithTheReason()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("evicted", "Answer.");
        string pod = await node.PodAsync("evicted");
        await node.RunAsync(pod);
        await node.EvictAsync(pod, "The node was low on resource: memory.");
        await node.EndJobAsync("evicted", succeeded: false);
        JsonNode status = (await team.WaitForEndAsync("evicted"))["status"]!;
        Assert.Equal(("Failed", "Evicted"), ((string?)status["phase"], (string?)status["reason"]));
        Assert.Contains("low on resource", (string?)status["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Node_Lost_FailsTheRunWithTheReason()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("stranded", "Answer.");
        string pod = await node.PodAsync("stranded");
        await node.RunAsync(pod);
        await team.WaitForPhaseAsync("stranded", "Running");
        await node.LoseAsync(pod, "PodGC: node no longer exists");
        await node.EndJobAsync("stranded", succeeded: false);
        JsonNode status = (await team.WaitForEndAsync("stranded"))["status"]!;
        Assert.Equal(("Failed", "NodeLost"), ((string?)status["phase"], (string?)status["reason"]));
        Assert.Contains("node no longer exists", (string?)status["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Image_ThatCannotBePulled_ShowsWhileTheRunWaits()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("pull", "Answer.");
        string pod = await node.PodAsync("pull");
        await node.WaitAsync(pod, "ErrImagePull", "manifest unknown");
        JsonNode status = (await team.WaitForAsync(
            SympoziumTypes.AgentRuns, "metadata.name=pull", null, resource => (string?)resource["status"]?["reason"] == "ImagePullFailed"))["status"]!;
        Assert.Equal("Pending", (string?)status["phase"]);
        Assert.Contains("manifest unknown", (string?)status["error"], StringComparison.Ordinal);
    }

    [LiveClusterFact]
    public async Task Image_ThatIsNoName_FailsTheRunAtOnce()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        NodeHand node = new(team, installation.Abilities);
        await team.CreateRunAsync("misnamed", "Answer.");
        await node.WaitAsync(await node.PodAsync("misnamed"), "InvalidImageName", "couldn't parse image reference");
        JsonNode status = (await team.WaitForEndAsync("misnamed"))["status"]!;
        Assert.Equal(("Failed", "ImagePullFailed"), ((string?)status["phase"], (string?)status["reason"]));
    }

    [LiveClusterFact]
    public async Task Quota_WithoutRoomForTheJob_IsWaitedFor_AndTheRunGoesOn()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        await CreateQuotaAsync(team, "count/jobs.batch");
        await UntilEnforcedAsync(team);
        await team.CreateRunAsync("refused", "Answer.");
        JsonNode status = (await team.WaitForAsync(
            SympoziumTypes.AgentRuns, "metadata.name=refused", null, resource => (string?)resource["status"]?["reason"] == "QuotaExceeded"))["status"]!;
        Assert.Equal("Pending", (string?)status["phase"]);
        Assert.Contains("quota: full", (string?)status["error"], StringComparison.Ordinal);

        await team.Client.DeleteAsync(Quotas, team.Namespace, "full", DeleteOptions.Background, CancellationToken.None);
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=refused", null, _ => true);
    }

    [LiveClusterFact]
    public async Task Quota_WithoutRoomForThePod_ShowsWhileTheRunWaits()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        await CreateQuotaAsync(team, "pods");
        await team.CreateRunAsync("crowded", "Answer.");
        JsonObject job = await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=crowded", null, _ => true);
        if (!installation.Abilities.RunsJobs)
        {
            await TellAsync(team, job, $"Error creating: pods \"crowded-x\" is forbidden: exceeded quota: full, requested: pods=1, used: pods=0, limited: pods=0");
        }

        JsonNode status = (await team.WaitForAsync(
            SympoziumTypes.AgentRuns, "metadata.name=crowded", null, resource => (string?)resource["status"]?["reason"] == "QuotaExceeded"))["status"]!;
        Assert.Contains("quota: full", (string?)status["error"], StringComparison.Ordinal);
    }

    /// <summary>A quota of nothing; skipped where the server does not enforce quotas. Its use is counted by a controller, which is played where none runs.</summary>
    private async Task CreateQuotaAsync(ClusterTeam team, string resource)
    {
        var none = new JsonObject { [resource] = "0" };
        try
        {
            await team.CreateAsync(Quotas, "full", new JsonObject { ["spec"] = new JsonObject { ["hard"] = none } });
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            throw new SkipTestException("The server has no ResourceQuotas.");
        }

        if (!installation.Abilities.RunsJobs)
        {
            var status = new JsonObject { ["status"] = new JsonObject { ["hard"] = none.DeepClone(), ["used"] = none.DeepClone() } };
            await team.Client.PatchAsync(Quotas, team.Namespace, "full", new Patch(PatchType.Merge, status), "status", CancellationToken.None);
        }
        else
        {
            await team.WaitForAsync(Quotas, "metadata.name=full", null, quota => quota["status"]?["used"] is not null);
        }
    }

    /// <summary>The API server notices a quota a moment after it was stored; a Job that is only tried shows when.</summary>
    private static async Task UntilEnforcedAsync(ClusterTeam team)
    {
        using var limit = new CancellationTokenSource(Enforced);
        while (!limit.IsCancellationRequested)
        {
            JsonObject job = new()
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["metadata"] = new JsonObject { ["name"] = "tried", ["namespace"] = team.Namespace },
                ["spec"] = new JsonObject
                {
                    ["template"] = new JsonObject
                    {
                        ["spec"] = new JsonObject { ["restartPolicy"] = "Never", ["containers"] = new JsonArray(new JsonObject { ["name"] = "tried", ["image"] = "sympozium.invalid/tried" }) },
                    },
                },
            };
            try
            {
                await team.Client.CreateAsync(CoreTypes.Jobs, job, new WriteChecks { DryRun = true }, CancellationToken.None);
            }
            catch (KubernetesException e) when (e.IsQuotaExceeded)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }

        throw new SkipTestException($"The server does not enforce ResourceQuotas (a Job was taken {Enforced.TotalSeconds:0} s after a quota without room for it).");
    }

    /// <summary>An event as the Job controller records it.</summary>
    private static Task<JsonObject> TellAsync(ClusterTeam team, JsonObject job, string message)
    {
        string now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return team.CreateAsync(CoreTypes.Events, "crowded.1", new JsonObject
        {
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["name"] = (string?)job["metadata"]!["name"],
                ["namespace"] = team.Namespace,
                ["uid"] = (string?)job["metadata"]!["uid"],
            },
            ["reason"] = "FailedCreate",
            ["message"] = message,
            ["type"] = "Warning",
            ["source"] = new JsonObject { ["component"] = "job-controller" },
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["count"] = 1,
        });
    }
}
