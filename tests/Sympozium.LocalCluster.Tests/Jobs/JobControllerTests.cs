using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.Jobs;

/// <summary>What becomes of Jobs, shown with real processes.</summary>
public sealed class JobControllerTests
{
    [Fact]
    public async Task Job_PodSucceeds_IsComplete()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "work", """["echo","done"]""", "\"backoffLimit\":0");

        JsonObject job = await UntilConditionAsync(rig, "work", "Complete");
        JsonNode status = job["status"]!;
        Assert.Equal(1, (int)status["succeeded"]!);
        Assert.Equal(0, (int?)status["active"] ?? 0);
        Assert.NotNull(status["startTime"]);
        Assert.NotNull(status["completionTime"]);
        Assert.Equal(["SuccessCriteriaMet", "Complete"], ((JsonArray)status["conditions"]!).Select(c => (string?)c!["type"]));
        JsonObject pod = Assert.Single((await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items);
        Assert.Matches("^work-[a-z0-9]{5}$", (string?)pod["metadata"]!["name"]);
        Assert.Equal("work", (string?)pod["metadata"]!["labels"]!["batch.kubernetes.io/job-name"]);
        Assert.Equal("demo", (string?)pod["metadata"]!["labels"]!["app"]);
        Assert.Equal((string?)job["metadata"]!["uid"], (string?)pod["metadata"]!["ownerReferences"]![0]!["uid"]);
    }

    [Fact]
    public async Task Job_PodFailsTooOften_FailsWithBackoffLimitExceeded()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "fails", """["false"]""", "\"backoffLimit\":1");

        JsonObject job = await UntilConditionAsync(rig, "fails", "Failed");
        Assert.Equal(2, (int)job["status"]!["failed"]!);
        Assert.All((JsonArray)job["status"]!["conditions"]!, c => Assert.Equal("BackoffLimitExceeded", (string?)c!["reason"]));
    }

    [Fact]
    public async Task Job_PastItsDeadline_FailsAndItsPodGoes()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "late", """["sleep","1000"]""", "\"activeDeadlineSeconds\":1");

        JsonObject job = await UntilConditionAsync(rig, "late", "Failed");
        Assert.Equal("DeadlineExceeded", (string?)job["status"]!["conditions"]![0]!["reason"]);
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Job_TimeToLiveIsOver_IsDeletedWithItsPod()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "brief", """["true"]""", "\"ttlSecondsAfterFinished\":0");

        await rig.UntilGoneAsync(CoreTypes.Jobs, "brief");
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Job_PodIsDeleted_CountsAsFailureAndIsReplaced()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await CreateAsync(rig, "replaced", """["sleep","1000"]""", "\"backoffLimit\":1");
        await rig.UntilAsync(CoreTypes.Jobs, "replaced", j => (int?)j["status"]?["active"] == 1);
        JsonObject first = Assert.Single((await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items);

        var now = new DeleteOptions { GracePeriodSeconds = 0 };
        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", (string)first["metadata"]!["name"]!, now, default);

        await rig.UntilAsync(CoreTypes.Jobs, "replaced", j => (int?)j["status"]?["failed"] == 1 && (int?)j["status"]?["active"] == 1);
        JsonObject second = Assert.Single((await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items);
        Assert.NotEqual((string?)first["metadata"]!["uid"], (string?)second["metadata"]!["uid"]);
    }

    [Fact]
    public async Task Job_Suspended_RunsNothingUntilResumed()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await CreateAsync(rig, "later", """["true"]""", "\"suspend\":true");
        await UntilConditionAsync(rig, "later", "Suspended");
        Assert.Empty((await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items);

        var resume = new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"suspend":false}}""")!);
        await rig.Client.PatchAsync(CoreTypes.Jobs, "default", "later", resume, null, default);

        await UntilConditionAsync(rig, "later", "Complete");
    }

    private static Task<JsonObject> CreateAsync(PodRig rig, string name, string command, string settings) => rig.CreateAsync(CoreTypes.Jobs, $$"""
        {"metadata":{"name":"{{name}}"},"spec":{ {{settings}},"template":{"metadata":{"labels":{"app":"demo"} },
          "spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":{{command}} }] } } } }
        """);

    private static Task<JsonObject> UntilConditionAsync(PodRig rig, string name, string type) => rig.UntilAsync(
        CoreTypes.Jobs, name,
        j => j["status"]?["conditions"] is JsonArray conditions && conditions.Any(c => (string?)c!["type"] == type && (string?)c["status"] == "True"));
}
