using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Runs;

public sealed class RunGrainTests : IAsyncLifetime
{
    private const string Run = "hello";

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Run_FromStartToResult_NeedsFewWritesAndTellsEveryPhase()
    {
        await StartAsync();
        JsonObject run = (await _cluster.GetAsync(SympoziumTypes.AgentRuns, Run))!;
        foreach ((ResourceType type, string name) in new[] { (CoreTypes.Jobs, Run), (CoreTypes.ConfigMaps, Run + "-input"), (CoreTypes.Secrets, Run + "-token") })
        {
            JsonObject made = (await _cluster.GetAsync(type, name))!;
            Assert.Equal((string?)run["metadata"]!["uid"], (string?)made["metadata"]!["ownerReferences"]![0]!["uid"]);
        }

        Assert.NotNull(await _cluster.GetAsync(CoreTypes.ServiceAccounts, SympoziumNames.AgentServiceAccount));
        string pod = await _cluster.AddPodAsync(Run, "Running");
        await ReconcileAsync();
        Assert.Equal(("Running", pod), await PhaseAndAsync("podName"));
        await AcceptAsync("""{"status":"success","response":"Hello."}""");
        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal("Succeeded Hello. Hello.", $"{status["phase"]} {status["result"]} {status["output"]}");
        Assert.NotNull(status["startedAt"]);
        Assert.Equal((string?)status["completedAt"], (string?)status["completionTime"]);
        Assert.Null(await _cluster.GetAsync(CoreTypes.Secrets, Run + "-token"));
        Assert.Equal(["Running", "Succeeded"], _cluster.Phases);
        Assert.InRange(_cluster.Kubernetes.Writes, 1, 12);
    }

    [Fact]
    public async Task Reconcile_ManyTimesAtOnce_WritesNothingTwice()
    {
        await StartAsync();
        await _cluster.AddPodAsync(Run, "Running");
        await ReconcileAsync();
        int writes = _cluster.Kubernetes.Writes;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReconcileAsync()));
        await _cluster.RestartAsync();
        await ReconcileAsync();
        Assert.Equal(writes, _cluster.Kubernetes.Writes);
    }

    [Fact]
    public async Task Token_OfARun_SpeaksForThatRunOnly()
    {
        await StartAsync();
        JsonObject secret = (await _cluster.GetAsync(CoreTypes.Secrets, Run + "-token"))!;
        string text = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["token"]!));
        RunToken token = RunToken.Verify(text, new byte[RunToken.KeySize], TimeProvider.System.GetUtcNow())!;
        Assert.Equal((new ResourceKey(GrainCluster.Namespace, Run), "helper"), (token.Run, token.Instance));
        Assert.Equal((string?)(await _cluster.GetAsync(SympoziumTypes.AgentRuns, Run))!["metadata"]!["uid"], token.Uid);
    }

    [Fact]
    public async Task Run_WhoseInstanceComesLater_WaitsForIt()
    {
        _cluster.Options.ReferenceGrace = TimeSpan.FromMinutes(10);
        await _cluster.RestartAsync();
        string[] documents = Inputs.Simple.Split("---");
        await _cluster.ApplyAsync(documents[0]);
        await ReconcileAsync();
        Assert.Equal(("Pending", RunFailureReasons.ReferenceNotFound), await PhaseAndAsync("reason"));
        await _cluster.ApplyAsync(documents[1]);
        await _cluster.WaitAsync(Run, status => (string?)status?["reason"] == RunFailureReasons.MissingCredentials, "waiting for its secret");
        await _cluster.ApplyAsync(documents[2]);
        // Nobody calls: the grain looks again by itself.
        using var timeout = new CancellationTokenSource(Testing.TestTimeouts.InProcess);
        while (await _cluster.GetAsync(CoreTypes.Jobs, Run) is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }

    [Fact]
    public async Task Run_ThatWaitsWhileWritesFail_LooksAgainAllTheSame()
    {
        _cluster.Options.ReferenceGrace = TimeSpan.FromMinutes(10);
        await _cluster.RestartAsync();
        string[] documents = Inputs.Simple.Split("---");
        await _cluster.ApplyAsync(documents[0]);
        await ReconcileAsync();
        _cluster.Kubernetes.RefusePatches(2);
        await _cluster.ApplyAsync(documents[1]);

        // Nobody calls: the grain goes on by itself once its writes are taken again.
        await _cluster.WaitAsync(Run, status => (string?)status?["reason"] == RunFailureReasons.MissingCredentials, "waiting for its secret");
    }

    [Fact]
    public async Task Run_WhoseInstanceNeverComes_FailsWithWhatIsMissing()
    {
        await _cluster.ApplyAsync(Inputs.Simple.Split("---")[0]);
        await ReconcileAsync();
        Assert.Equal(("Failed", RunFailureReasons.ReferenceNotFound), await PhaseAndAsync("reason"));
        Assert.Contains("no SympoziumInstance or Agent 'helper'", (string?)(await _cluster.StatusAsync(Run))!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Cancelled_EndsAndDeletesItsJob()
    {
        await StartAsync();
        await _cluster.PatchAsync(SympoziumTypes.AgentRuns, Run, "{spec: {cancel: true}}");
        await ReconcileAsync();
        Assert.Equal(("Cancelled", "Cancelled"), await PhaseAndAsync("reason"));
        Assert.Null(await _cluster.GetAsync(CoreTypes.Jobs, Run));
        await Assert.ThrowsAsync<SympoziumConflictException>(async () => await _cluster.Run(Run).GetModelRouteAsync(await UidAsync(), default));
    }

    [Fact]
    public async Task Run_WhoseJobIsDeleted_FailsAsLost()
    {
        await StartAsync();
        await _cluster.AddPodAsync(Run, "Running");
        await ReconcileAsync();
        await _cluster.Kubernetes.DeleteAsync(CoreTypes.Jobs, GrainCluster.Namespace, Run, DeleteOptions.Background, default);
        await ReconcileAsync();
        Assert.Equal(("Failed", RunFailureReasons.InfrastructureLost), await PhaseAndAsync("reason"));
    }

    [Theory]
    [InlineData("Job", "{kind: Job, apiVersion: batch/v1, metadata: {name: hello}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: x, image: x}]}}}}")]
    [InlineData("Secret", "{kind: Secret, apiVersion: v1, metadata: {name: hello-token}, data: {mine: eA==}}")]
    [InlineData("ConfigMap", "{kind: ConfigMap, apiVersion: v1, metadata: {name: hello-input}, data: {mine: x}}")]
    public async Task Object_OfSomebodyElseUnderTheRunsName_IsNeitherUsedNorDeleted(string kind, string manifest)
    {
        await _cluster.ApplyAsync(manifest);
        await StartAsync();
        Assert.Equal(("Failed", RunFailureReasons.InvalidSpec), await PhaseAndAsync("reason"));
        Assert.Contains("exists and does not belong to this run", (string?)(await _cluster.StatusAsync(Run))!["error"], StringComparison.Ordinal);
        (ResourceType type, string name) = kind switch { "Job" => (CoreTypes.Jobs, Run), "Secret" => (CoreTypes.Secrets, Run + "-token"), _ => (CoreTypes.ConfigMaps, Run + "-input") };
        Assert.NotNull(await _cluster.GetAsync(type, name));
    }

    [Fact]
    public async Task Run_MadeAnewUnderItsName_WaitsForTheOldObjectsToGo()
    {
        await _cluster.ApplyAsync("""
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: hello
              finalizers: [test/held]
              ownerReferences: [{apiVersion: sympozium.ai/v1alpha1, kind: AgentRun, name: hello, uid: old-uid}]
            spec: {template: {spec: {restartPolicy: Never, containers: [{name: x, image: x}]}}}
            """);
        await StartAsync();
        Assert.Equal(("Pending", "NameTaken"), await PhaseAndAsync("reason"));

        // Deleted before it can go: a deletion afterwards could meet the new Job.
        await _cluster.Kubernetes.DeleteAsync(CoreTypes.Jobs, GrainCluster.Namespace, Run, DeleteOptions.Background, default);
        await _cluster.PatchAsync(CoreTypes.Jobs, Run, "{metadata: {finalizers: null}}");
        using var timeout = new CancellationTokenSource(Testing.TestTimeouts.InProcess);
        while ((string?)(await _cluster.GetAsync(CoreTypes.Jobs, Run))?["metadata"]!["ownerReferences"]![0]!["uid"] is null or "old-uid")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }

    [Fact]
    public async Task Result_Twice_CountsOnce()
    {
        await StartAsync();
        await AcceptAsync("""{"status":"success","response":"first"}""");
        int writes = _cluster.Kubernetes.Writes;
        await AcceptAsync("""{"status":"error","error":"second"}""");
        await ReconcileAsync();
        Assert.Equal(("Succeeded", "first"), await PhaseAndAsync("result"));
        Assert.Equal(writes, _cluster.Kubernetes.Writes);
        Assert.Equal(["Succeeded"], _cluster.Phases);
    }

    [Fact]
    public async Task Leftovers_OfAnEarlierRunOfTheSameName_AreNotCounted()
    {
        await StartAsync();
        await AcceptAsync("""{"status":"success","response":"old"}""", "earlier-uid");
        await _cluster.Run(Run).RecordModelCallAsync("earlier-uid", new ModelCallUsage { CallId = "old", InputTokens = 1000, OutputTokens = 1000 }, default);
        await Assert.ThrowsAsync<SympoziumNotFoundException>(() => _cluster.Run(Run).GetModelRouteAsync("earlier-uid", default));
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), new ModelCallUsage { CallId = "new", InputTokens = 1, OutputTokens = 1 }, default);
        await AcceptAsync("""{"status":"success","response":"new"}""");
        Assert.Equal(("Succeeded", "new"), await PhaseAndAsync("result"));
        Assert.Equal(2, (int)(await _cluster.StatusAsync(Run))!["tokenUsage"]!["totalTokens"]!);
    }

    [Fact]
    public async Task Usage_OfModelCalls_IsCountedOncePerCallAndAlsoWhenLate()
    {
        await StartAsync();
        var first = new ModelCallUsage { CallId = "1", InputTokens = 10, OutputTokens = 5, CachedInputTokens = 3, ReasoningTokens = 2, ToolCalls = 1 };
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), first, default);
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), first, default);
        await _cluster.RestartAsync();
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), first, default);
        await AcceptAsync("""{"status":"success","response":"x"}""");
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), new ModelCallUsage { CallId = "2", InputTokens = 1, OutputTokens = 1 }, default);
        JsonNode usage = (await _cluster.StatusAsync(Run))!["tokenUsage"]!;
        Assert.Equal("11 6 17 2 1 3 2", string.Join(' ', new[] { "inputTokens", "outputTokens", "totalTokens", "modelCalls", "toolCalls", "cachedInputTokens", "reasoningTokens" }.Select(field => usage[field]!.ToJsonString())));
    }

    [Fact]
    public async Task Run_ThatUsedUpABudgetOfItsNamespace_MakesNoFurtherCallAndFails()
    {
        await StartAsync();
        await _cluster.ApplyAsync("{apiVersion: sympozium.ai/v1alpha1, kind: SympoziumPolicy, metadata: {name: small}, spec: {template: Permissive, budgets: {maxTokensPerRun: 15}}}");
        await _cluster.Kubernetes.PatchAsync(
            CoreTypes.Namespaces, null, GrainCluster.Namespace,
            new Patch(PatchType.Merge, JsonNode.Parse("""{"metadata":{"annotations":{"sympozium.ai/policy":"small"}}}""")!), null, default);
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), new ModelCallUsage { CallId = "1", InputTokens = 10, OutputTokens = 4 }, default);
        await _cluster.Run(Run).GetModelRouteAsync(await UidAsync(), default);
        await _cluster.Run(Run).RecordModelCallAsync(await UidAsync(), new ModelCallUsage { CallId = "2", InputTokens = 10, OutputTokens = 4 }, default);

        SympoziumConflictException refused = await Assert.ThrowsAsync<SympoziumConflictException>(async () => await _cluster.Run(Run).GetModelRouteAsync(await UidAsync(), default));

        const string Why = "the run used 28 tokens, and policy 'team/small' of the namespace, rule spec.budgets.maxTokensPerRun allows 15";
        Assert.EndsWith(Why, refused.Message, StringComparison.Ordinal);
        Assert.Equal(("Failed", RunFailureReasons.BudgetExceeded), await PhaseAndAsync("reason"));
        Assert.Equal(Why, (string?)(await _cluster.StatusAsync(Run))!["error"]);
        Assert.Null(await _cluster.GetAsync(CoreTypes.Jobs, Run));
    }

    [Fact]
    public async Task Route_OfARun_NamesSecretAndModelButNoKey()
    {
        await StartAsync();
        ModelRoute route = await _cluster.Run(Run).GetModelRouteAsync(await UidAsync(), default);
        Assert.Equal(("openai", "gpt-4o", "openai-secret"), (route.Provider, route.Model, route.SecretName));
        await Assert.ThrowsAsync<SympoziumNotFoundException>(() => _cluster.Run("nobody").GetModelRouteAsync("no-uid", default));
    }

    [Fact]
    public async Task Job_FailedWithoutResult_EndsTheRunWithTheContainersFate()
    {
        await StartAsync();
        string pod = await _cluster.AddPodAsync(Run, "Failed");
        await _cluster.PatchAsync(CoreTypes.Pods, pod, "{status: {containerStatuses: [{name: agent, ready: false, restartCount: 0, image: x, imageID: x, state: {terminated: {exitCode: 137, reason: OOMKilled}}}]}}", "status");
        await _cluster.PatchAsync(CoreTypes.Jobs, Run, "{status: {failed: 1, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}}", "status");
        await ReconcileAsync();
        Assert.Equal(("Failed", RunFailureReasons.OutOfMemory), await PhaseAndAsync("reason"));
    }

    private async Task StartAsync()
    {
        await _cluster.ApplyAsync(Inputs.Simple);
        await ReconcileAsync();
    }

    private Task ReconcileAsync() => _cluster.Run(Run).ReconcileAsync(default);

    private async Task<string> UidAsync() => (string)(await _cluster.GetAsync(SympoziumTypes.AgentRuns, Run))!["metadata"]!["uid"]!;

    private async Task AcceptAsync(string result, string? uid = null) => await _cluster.Run(Run).AcceptResultAsync(
        uid ?? await UidAsync(),
        new BusEvent
        {
            Topic = Topics.RunCompleted,
            Timestamp = TimeProvider.System.GetUtcNow(),
            Metadata = new BusEventMetadata { AgentRunId = Run, Namespace = GrainCluster.Namespace },
            Data = JsonNode.Parse(result),
        },
        default);

    private async Task<(string? Phase, string? Field)> PhaseAndAsync(string field)
    {
        JsonNode? status = await _cluster.StatusAsync(Run);
        return ((string?)status?["phase"], (string?)status?[field]);
    }
}
