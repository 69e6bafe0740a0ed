using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Grains.Tests.Runs;

public sealed class RunOutcomesTests
{
    private const string Complete = "{status: {conditions: [{type: Complete, status: 'True'}]}}";
    private const string Failed = "{status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: gave up}]}}";
    private const string Late = "{status: {conditions: [{type: Failed, status: 'True', reason: DeadlineExceeded}]}}";
    private const string Marker = "talk\n__SYMPOZIUM_RESULT__{\"status\":\"success\",\"response\":\"done\"}__SYMPOZIUM_END__\n";

    [Theory]
    [InlineData("{}")]
    [InlineData("{status: {active: 1}}")]
    [InlineData("{status: {conditions: [{type: Failed, status: 'False'}, {type: Suspended, status: 'True'}]}}")]
    public void Job_NotFinished_HasNoOutcome(string job) => Assert.Null(RunOutcomes.FromJob(Json(job), null, Marker));

    [Theory]
    [InlineData(Complete, 0)]
    [InlineData(Failed, 1)]
    [InlineData(Late, 143)]
    public void Job_WithAResultInItsLog_EndsAsTheResultSays(string job, int exitCode) => Assert.Equal(
        new RunOutcome(RunPhase.Succeeded, Result: "done", ExitCode: exitCode), RunOutcomes.FromJob(Json(job), Pod($"{{exitCode: {exitCode}}}"), Marker));

    [Theory]
    [InlineData(Late, "{exitCode: 143}", RunFailureReasons.Timeout, "raise spec.timeout", 143)]
    [InlineData(Failed, "{exitCode: 1, reason: Error}", RunFailureReasons.ContainerFailed, "exited with code 1 without a result; see", 1)]
    [InlineData(Failed, "{exitCode: 137, reason: OOMKilled}", RunFailureReasons.OutOfMemory, "more memory than its limit", 137)]
    [InlineData(Failed, "{exitCode: 137, reason: Error}", RunFailureReasons.ContainerFailed, "was killed by signal 9", 137)]
    [InlineData(Complete, "{exitCode: 0, reason: Completed}", RunFailureReasons.ContainerFailed, "exited with code 0 without a result", 0)]
    [InlineData(Failed, "{exitCode: 127, reason: StartError}", RunFailureReasons.ContainerFailed, "(StartError)", 127)]
    public void Job_WithoutAResult_EndsWithTheContainersFate(string job, string terminated, string reason, string message, int exitCode)
    {
        RunOutcome outcome = RunOutcomes.FromJob(Json(job), Pod(terminated), "no marker")!;
        Assert.Equal((RunPhase.Failed, reason, exitCode), (outcome.Phase, outcome.Reason, outcome.ExitCode));
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_WhosePodIsGone_WasLost()
    {
        RunOutcome outcome = RunOutcomes.FromJob(Json(Failed), null, null)!;
        Assert.Equal(RunFailureReasons.InfrastructureLost, outcome.Reason);
        Assert.Contains("gave up", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_WhosePodWasEvicted_SaysWhy()
    {
        RunOutcome outcome = RunOutcomes.FromJob(Json(Failed), Json("{status: {reason: Evicted, message: The node was low on memory.}}"), null)!;
        Assert.Equal(("Evicted", "The pod was evicted: The node was low on memory."), (outcome.Reason, outcome.Error));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("__SYMPOZIUM_RESULT__")]
    [InlineData("__SYMPOZIUM_RESULT__{\"status\":\"success\"}")]
    [InlineData("__SYMPOZIUM_RESULT__{not json}__SYMPOZIUM_END__")]
    [InlineData("__SYMPOZIUM_RESULT__{\"response\":\"no status\"}__SYMPOZIUM_END__")]
    [InlineData("__SYMPOZIUM_RESULT__[]__SYMPOZIUM_END__")]
    [InlineData("__SYMPOZIUM_RESULT__null__SYMPOZIUM_END__")]
    [InlineData("__SYMPOZIUM_END____SYMPOZIUM_RESULT__{}")]
    public void Marker_ThatCannotBeRead_IsNone(string? log) => Assert.Null(RunOutcomes.ReadMarker(log));

    [Fact]
    public void Marker_AmongSeveral_IsTheLast() => Assert.Equal(
        "second", RunOutcomes.ReadMarker("__SYMPOZIUM_RESULT__{\"status\":\"success\",\"response\":\"first\"}__SYMPOZIUM_END__\n__SYMPOZIUM_RESULT__{\"status\":\"success\",\"response\":\"second\"}__SYMPOZIUM_END__")!.Response);

    [Theory]
    [InlineData("success", RunPhase.Succeeded)]
    [InlineData("skipped", RunPhase.Skipped)]
    [InlineData("error", RunPhase.Failed)]
    [InlineData("rubbish", RunPhase.Failed)]
    public void Result_OfTheAgent_DecidesThePhase(string status, string phase) => Assert.Equal(phase, RunOutcomes.FromResult(new AgentResult { Status = status }).Phase);

    [Theory]
    [InlineData("Timeout", "Timeout")]
    [InlineData(null, RunFailureReasons.ContainerFailed)]
    [InlineData("two words", RunFailureReasons.ContainerFailed)]
    [InlineData("", RunFailureReasons.ContainerFailed)]
    public void Reason_OfTheAgent_IsKeptWhenItIsOne(string? reason, string expected) =>
        Assert.Equal(expected, RunOutcomes.FromResult(new AgentResult { Status = "error", Reason = reason, Error = "e" }).Reason);

    [Theory]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('\n')]
    [InlineData('é')]
    [InlineData('\u0001')]
    public void Answer_OfAnySizeAndKind_FitsAResourceTwice(char c)
    {
        RunOutcome outcome = RunOutcomes.FromResult(new AgentResult { Status = "success", Response = new string(c, 2_000_000) });
        string status = new JsonObject { ["result"] = outcome.Result, ["output"] = outcome.Result }.ToJsonString();
        Assert.True(Encoding.UTF8.GetByteCount(status) < 1_200_000, $"{status.Length}");
        Assert.EndsWith("\n[truncated: 2000000 characters in all]", outcome.Result, StringComparison.Ordinal);
    }

    [Fact]
    public void Answer_CutInsideAPair_LosesThePair()
    {
        string cut = RunOutcomes.FromResult(new AgentResult { Status = "success", Response = "x" + string.Concat(Enumerable.Repeat("\U0001F600", 500_000)) }).Result!;
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)));
    }

    /// <summary>Through text, since what comes from an API was read from text.</summary>
    private static JsonObject Json(string yaml) => (JsonObject)JsonNode.Parse(YamlReader.ReadAll(yaml, "test")[0].Root!.ToJsonString())!;

    private static JsonObject Pod(string terminated) => Json($"{{status: {{containerStatuses: [{{name: other}}, {{name: agent, state: {{terminated: {terminated}}}}}]}}}}");
}
