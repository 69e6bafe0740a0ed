using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Jobs;

namespace Sympozium.LocalCluster.Tests.Jobs;

/// <summary>What a Job needs, decided without a cluster.</summary>
public sealed class JobPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private readonly JobPlanner _planner = new(new LocalJobOptions());

    [Fact]
    public void Failure_NoSuccessBetween_DoublesTheWaitUpToItsLimit()
    {
        JobManifest job = Job("{\"completions\":1,\"parallelism\":1,\"backoffLimit\":20}");
        TimeSpan[] waits =
        [
            .. Enumerable.Range(1, 8).Select(failures =>
            {
                List<JobPod> pods = [.. Enumerable.Range(0, failures).Select(i => Pod($"p{i}", "Failed") with { EndedAt = Now })];
                return Decide(job, pods).WakeAt!.Value - Now;
            }),
        ];

        Assert.Equal([10, 20, 40, 80, 160, 320, 360, 360], waits.Select(w => (int)w.TotalSeconds));
    }

    [Fact]
    public void Failure_IgnoredByThePolicy_IsWaitedForButDoesNotCount()
    {
        JobManifest job = Job("{\"completions\":1,\"parallelism\":1,\"backoffLimit\":0,\"podFailurePolicy\":{\"rules\":[{\"action\":\"Ignore\",\"onExitCodes\":{\"operator\":\"In\",\"values\":[42]}}]}}");
        JobPod failed = Pod("a", "Failed") with { EndedAt = Now, ExitCodes = [("c", 42)] };

        JobDecision decision = Decide(job, [failed]);

        Assert.Empty(decision.Create);
        Assert.Empty(decision.Conditions);
        Assert.Equal(Now.AddSeconds(10), decision.WakeAt);
    }

    [Fact]
    public void Failure_AfterALaterSuccess_DoesNotWait()
    {
        JobManifest job = Job("{\"completions\":3,\"parallelism\":1}");
        List<JobPod> pods = [Pod("a", "Failed") with { EndedAt = Now.AddSeconds(-2) }, Pod("b", "Succeeded") with { EndedAt = Now.AddSeconds(-1) }];

        Assert.Single(Decide(job, pods).Create);
    }

    [Theory]
    [InlineData("TerminatingOrFailed", 1, 1)]
    [InlineData("Failed", 0, 0)]
    public void TerminatingPod_ReplacementPolicy_DecidesWhenItIsReplacedAndCounted(string policy, int created, int failed)
    {
        JobManifest job = Job($"{{\"completions\":1,\"parallelism\":1,\"podReplacementPolicy\":\"{policy}\"}}");
        List<JobPod> pods = [Pod("a", "Running") with { IsTerminating = true }];
        var ledger = new JobLedger(job, pods);
        ledger.Count(job, pods, Now.AddMinutes(-1));

        Assert.Equal(created, _planner.Decide(job, pods, ledger, Now).Create.Count);
        Assert.Equal(failed, ledger.Failed);
    }

    [Fact]
    public void Decided_PodsStillRun_IsAnnouncedOnlyWhenTheyAreGone()
    {
        JobManifest job = Job("{\"completions\":2,\"parallelism\":2,\"backoffLimit\":0}");
        List<JobPod> pods = [Pod("a", "Failed") with { EndedAt = Now }, Pod("b", "Running")];

        JobDecision first = Decide(job, pods);
        JobDecision second = Decide(job, [pods[0], pods[1] with { Phase = "Failed" }]);

        Assert.Equal(["FailureTarget"], first.Conditions.Select(c => c.Type));
        Assert.Equal(["b"], first.Delete.Select(p => p.Uid));
        Assert.Equal(["FailureTarget", "Failed"], second.Conditions.Select(c => c.Type));
    }

    [Fact]
    public void Indexed_MadeSmaller_DeletesWhatIsTooMany()
    {
        JobManifest job = Job("{\"completions\":2,\"parallelism\":2,\"completionMode\":\"Indexed\"}");
        List<JobPod> pods = [.. Enumerable.Range(0, 4).Select(i => Pod($"p{i}", "Running") with { Index = i })];

        Assert.Equal(["p2", "p3"], Decide(job, pods).Delete.Select(p => p.Uid));
    }

    [Fact]
    public void Indexed_MissingIndexes_AreMadeFromTheLowest()
    {
        JobManifest job = Job("{\"completions\":5,\"parallelism\":3,\"completionMode\":\"Indexed\"}", "{\"completedIndexes\":\"0\",\"succeeded\":1}");
        List<JobPod> pods = [Pod("p2", "Running") with { Index = 2 }];

        Assert.Equal(new int?[] { 1, 3 }, Decide(job, pods).Create.Select(c => c.Index));
    }

    [Fact]
    public void MaxFailedIndexes_Exceeded_FailsTheJob()
    {
        JobManifest job = Job("{\"completions\":5,\"parallelism\":5,\"completionMode\":\"Indexed\",\"backoffLimitPerIndex\":0,\"maxFailedIndexes\":1}");
        List<JobPod> pods = [.. Enumerable.Range(0, 2).Select(i => Pod($"p{i}", "Failed") with { Index = i, EndedAt = Now })];

        Assert.All(Decide(job, pods).Conditions, c => Assert.Equal("MaxFailedIndexesExceeded", c.Reason));
    }

    [Theory]
    [InlineData("{\"rules\":[{\"succeededCount\":2}]}", "0,4", true)]
    [InlineData("{\"rules\":[{\"succeededIndexes\":\"0-2\",\"succeededCount\":2}]}", "0,4", false)]
    [InlineData("{\"rules\":[{\"succeededIndexes\":\"0-2\",\"succeededCount\":2}]}", "0,2", true)]
    [InlineData("{\"rules\":[{\"succeededIndexes\":\"1\"},{\"succeededIndexes\":\"3,4\"}]}", "3,4", true)]
    public void SuccessPolicy_IsMetByItsRules(string policy, string completed, bool met)
    {
        JobManifest job = Job(
            $"{{\"completions\":5,\"parallelism\":1,\"completionMode\":\"Indexed\",\"successPolicy\":{policy}}}", $"{{\"completedIndexes\":\"{completed}\"}}");

        Assert.Equal(met, Decide(job, []).Finished);
    }

    [Fact]
    public void ManagedElsewhere_IsLeftAlone() => Assert.Empty(Decide(Job("{\"completions\":1,\"managedBy\":\"example.com/other\"}"), []).Create);

    private JobDecision Decide(JobManifest job, List<JobPod> pods)
    {
        var ledger = new JobLedger(job, pods);
        ledger.Count(job, pods, Now);
        return _planner.Decide(job, pods, ledger, Now);
    }

    private static JobManifest Job(string spec, string status = "{}") => JobManifest.Parse(JsonNode.Parse(
        $$"""{"metadata":{"name":"j","namespace":"default","uid":"u"},"spec":{{spec}},"status":{{status}} }""")!.AsObject());

    private static JobPod Pod(string uid, string phase) => new() { Name = uid, Namespace = "default", Uid = uid, JobUid = "u", JobName = "j", Phase = phase };
}
