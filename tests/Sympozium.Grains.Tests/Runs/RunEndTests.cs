using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Runs;

/// <summary>A run ends once, and the bus hears of it, whatever is away or interferes meanwhile.</summary>
public sealed class RunEndTests : IAsyncLifetime
{
    private const string Run = "hello";

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await GrainCluster.StartAsync();
        await _cluster.ApplyAsync(Inputs.Simple);
        await ReconcileAsync();
    }

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Theory]
    [InlineData("""{"status":"success","response":"From the stream."}""", "Succeeded From the stream.")]
    [InlineData("""{"status":["unreadable"]}""", "Failed ")]
    public async Task Result_ThatIsOnTheBusOnly_EndsTheRunWhenItsJobIsOver(string result, string end)
    {
        await _cluster.AddPodAsync(Run, "Succeeded");
        _cluster.PublishedResult = Event(JsonNode.Parse(result));
        await _cluster.PatchAsync(CoreTypes.Jobs, Run, "{status: {succeeded: 1, conditions: [{type: Complete, status: 'True'}]}}", "status");
        await ReconcileAsync();

        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal(end, $"{status["phase"]} {status["result"]}");
    }

    [Fact]
    public async Task Log_ThatANodeDoesNotGive_IsWaitedForUntilTheJobIsLongOver()
    {
        _cluster.Kubernetes.LogRefusal = new KubernetesException(
            HttpStatusCode.InternalServerError, StatusReasons.InternalError, "Get \"https://10.0.0.7:10250/containerLogs\": dial tcp 10.0.0.7:10250: no route to host");
        await _cluster.AddPodAsync(Run, "Failed");
        await FailJobAsync("2199-01-01T00:00:00Z");

        // The node may come back with the result that the log holds.
        await Assert.ThrowsAsync<KubernetesException>(ReconcileAsync);
        Assert.Null((await _cluster.StatusAsync(Run))?["completedAt"]);

        await FailJobAsync("2020-01-01T00:00:00Z");
        await ReconcileAsync();
        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal("Failed", (string?)status["phase"]);
        Assert.NotNull(status["completedAt"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_ThatTheBusDidNotTake_IsAnnouncedWhenTheRunIsLookedAtAgain(bool restarted)
    {
        _cluster.BusRefusals = 1;
        await Assert.ThrowsAsync<SympoziumUnavailableException>(AcceptAsync);
        Assert.Equal("Succeeded", (string?)(await _cluster.StatusAsync(Run))!["phase"]);
        Assert.Empty(_cluster.Phases);
        if (restarted)
        {
            await _cluster.RestartAsync();
        }

        await ReconcileAsync();
        await ReconcileAsync();

        Assert.Equal(["Succeeded"], _cluster.Phases);
        Assert.Null(await _cluster.GetAsync(CoreTypes.Secrets, Run + "-token"));
    }

    [Fact]
    public async Task End_ThatAnotherGrainWroteFirst_Stays()
    {
        _cluster.Kubernetes.BeforeNextPatch = () => _cluster.PatchAsync(SympoziumTypes.AgentRuns, Run, "{status: {phase: Failed, reason: Timeout}}", "status");

        await AcceptAsync();

        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal("Failed Timeout", $"{status["phase"]} {status["reason"]}");
        Assert.Empty(_cluster.Phases);
    }

    [Fact]
    public async Task End_OfARunThatSomebodyChangedMeanwhile_IsWrittenAllTheSame()
    {
        _cluster.Kubernetes.BeforeNextPatch = () => _cluster.PatchAsync(SympoziumTypes.AgentRuns, Run, "{metadata: {annotations: {note: seen}}}");

        await AcceptAsync();

        Assert.Equal("Succeeded", (string?)(await _cluster.StatusAsync(Run))!["phase"]);
        Assert.Equal(["Succeeded"], _cluster.Phases);
    }

    private static BusEvent Event(JsonNode? data) => new()
    {
        Topic = Topics.RunCompleted,
        Timestamp = TimeProvider.System.GetUtcNow(),
        Metadata = new BusEventMetadata { AgentRunId = Run, Namespace = GrainCluster.Namespace },
        Data = data,
    };

    private Task FailJobAsync(string at) => _cluster.PatchAsync(
        CoreTypes.Jobs, Run, $"{{status: {{failed: 1, conditions: [{{type: Failed, status: 'True', reason: BackoffLimitExceeded, lastTransitionTime: '{at}'}}]}}}}", "status");

    private Task ReconcileAsync() => _cluster.Run(Run).ReconcileAsync(default);

    private async Task AcceptAsync()
    {
        string uid = (string)(await _cluster.GetAsync(SympoziumTypes.AgentRuns, Run))!["metadata"]!["uid"]!;
        await _cluster.Run(Run).AcceptResultAsync(uid, Event(JsonNode.Parse("""{"status":"success","response":"Hello."}""")), default);
    }
}
