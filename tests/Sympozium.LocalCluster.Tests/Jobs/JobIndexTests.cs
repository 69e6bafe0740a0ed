using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.Jobs;

/// <summary>Indexed Jobs and what their policies decide.</summary>
public sealed class JobIndexTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("3", "3")]
    [InlineData("0,1", "0,1")]
    [InlineData("2,0,1,5", "0-2,5")]
    [InlineData("1-4,4-6,9", "1-6,9")]
    [InlineData("98-120", "98,99")]
    public void Indexes_AreWrittenAsKubernetesDoes(string text, string expected) => Assert.Equal(expected, IndexSet.Parse(text, 100).ToString());

    [Fact]
    public async Task Indexed_EachIndexSucceeds_KnowsItsIndex()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "array", """echo $JOB_COMPLETION_INDEX $(hostname)""", "\"completions\":3,\"parallelism\":2,\"completionMode\":\"Indexed\"");

        JsonObject job = await UntilConditionAsync(rig, "array", "Complete");
        Assert.Equal("0-2", (string?)job["status"]!["completedIndexes"]);
        Assert.Equal(3, (int)job["status"]!["succeeded"]!);
        var pods = (await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items.ToDictionary(p => (string)p["metadata"]!["labels"]!["batch.kubernetes.io/job-completion-index"]!);
        foreach ((string index, JsonObject pod) in pods)
        {
            Assert.Matches($"^array-{index}-[a-z0-9]{{5}}$", (string?)pod["metadata"]!["name"]);
            Assert.Equal($"{index} array-{index}\n", await rig.LogAsync((string)pod["metadata"]!["name"]!));
        }

        Assert.Equal(["0", "1", "2"], pods.Keys.Order());
    }

    [Fact]
    public async Task BackoffLimitPerIndex_OneIndexFails_OthersGoOn()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "some", "exit $((JOB_COMPLETION_INDEX == 1))", "\"completions\":3,\"parallelism\":3,\"completionMode\":\"Indexed\",\"backoffLimitPerIndex\":1");

        JsonObject job = await UntilConditionAsync(rig, "some", "Failed");
        Assert.Equal("0,2", (string?)job["status"]!["completedIndexes"]);
        Assert.Equal("1", (string?)job["status"]!["failedIndexes"]);
        Assert.Equal(2, (int)job["status"]!["failed"]!);
        Assert.Equal("FailedIndexes", (string?)((JsonArray)job["status"]!["conditions"]!)[^1]!["reason"]);
    }

    [Fact]
    public async Task SuccessPolicy_IsMet_EndsTheRest()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(
            rig, "leader", "test $JOB_COMPLETION_INDEX = 0 || sleep 1000",
            "\"completions\":2,\"parallelism\":2,\"completionMode\":\"Indexed\",\"successPolicy\":{\"rules\":[{\"succeededIndexes\":\"0\"}]}");

        JsonObject job = await UntilConditionAsync(rig, "leader", "Complete");
        Assert.All((JsonArray)job["status"]!["conditions"]!, c => Assert.Equal(("SuccessPolicy", "Matched rules at index 0"), ((string?)c!["reason"], (string?)c["message"])));
        Assert.Equal("0", (string?)job["status"]!["completedIndexes"]);
        await rig.NothingRunsAsync();
    }

    [Theory]
    [InlineData("FailJob", "Failed", "PodFailurePolicy", 1)]
    [InlineData("Count", "Failed", "BackoffLimitExceeded", 2)]
    public async Task FailurePolicy_ExitCodeMatches_DecidesTheJob(string action, string condition, string reason, int failed)
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "policy", "exit 42", Policy(action));

        JsonObject job = await UntilConditionAsync(rig, "policy", condition);
        Assert.Equal(reason, (string?)((JsonArray)job["status"]!["conditions"]!)[^1]!["reason"]);
        Assert.Equal(failed, (int)job["status"]!["failed"]!);
        if (action == "FailJob")
        {
            Assert.Matches(
                "^Container main for pod default/policy-[a-z0-9]{5} failed with exit code 42 matching FailJob rule at index 0$",
                (string?)((JsonArray)job["status"]!["conditions"]!)[0]!["message"]);
        }
    }

    [Fact]
    public async Task FailurePolicy_Ignores_ReplacesWithoutCounting()
    {
        await using PodRig rig = await PodRig.StartAsync();
        string marker = Path.Combine(rig.DataDirectory, "second");

        await CreateAsync(
            rig, "ignored", "test -f /w/second && exit 0; touch /w/second; exit 42", Policy("Ignore"),
            $",\"volumes\":[{{\"name\":\"w\",\"hostPath\":{{\"path\":\"{rig.DataDirectory}\"}}}}]", ",\"volumeMounts\":[{\"name\":\"w\",\"mountPath\":\"/w\"}]");

        JsonObject job = await UntilConditionAsync(rig, "ignored", "Complete");
        Assert.True(File.Exists(marker));
        Assert.Equal(0, (int?)job["status"]!["failed"] ?? 0);
        Assert.Equal(1, (int)job["status"]!["succeeded"]!);
    }

    [Fact]
    public async Task Events_OfAJob_TellItsWay()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await CreateAsync(rig, "told", "exit 1", "\"backoffLimit\":0");

        await UntilConditionAsync(rig, "told", "Failed");
        await rig.UntilEventAsync("SuccessfulCreate", "Created pod: told-");
        JsonObject failed = await rig.UntilEventAsync("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        Assert.Equal("Warning", (string?)failed["type"]);
        Assert.Equal("job-controller", (string?)failed["source"]!["component"]);
    }

    private static string Policy(string action) =>
        $"\"backoffLimit\":1,\"podFailurePolicy\":{{\"rules\":[{{\"action\":\"{action}\",\"onExitCodes\":{{\"containerName\":\"main\",\"operator\":\"In\",\"values\":[42]}}}}]}}";

    private static Task<JsonObject> CreateAsync(PodRig rig, string name, string script, string settings, string spec = "", string container = "") => rig.CreateAsync(CoreTypes.Jobs, $$"""
        {"metadata":{"name":"{{name}}"},"spec":{ {{settings}},"template":{
          "spec":{"restartPolicy":"Never","terminationGracePeriodSeconds":1{{spec}},"containers":[{"name":"main","image":"any","command":["sh","-c","{{script}}"]{{container}} }] } } } }
        """);

    private static Task<JsonObject> UntilConditionAsync(PodRig rig, string name, string type) => rig.UntilAsync(
        CoreTypes.Jobs, name,
        j => j["status"]?["conditions"] is JsonArray conditions && conditions.Any(c => (string?)c!["type"] == type && (string?)c["status"] == "True"));
}
