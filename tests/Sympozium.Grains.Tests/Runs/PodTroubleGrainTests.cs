using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Runs;

/// <summary>What a run does while the cluster refuses, cannot start or takes away its pod.</summary>
public sealed class PodTroubleGrainTests : IAsyncLifetime
{
    private const string Run = "hello";

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Job_RefusedByQuota_IsTriedAgainUntilThereIsRoom()
    {
        _cluster.Kubernetes.JobRefusal = new KubernetesException(
            HttpStatusCode.Forbidden, StatusReasons.Forbidden, "jobs.batch \"hello\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1");
        await _cluster.ApplyAsync(Inputs.Simple);
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal(("Pending", RunFailureReasons.QuotaExceeded), ((string?)status["phase"], (string?)status["reason"]));
        Assert.Contains("exceeded quota: q", (string?)status["error"], StringComparison.Ordinal);

        // Nobody calls: the grain looks again by itself.
        _cluster.Kubernetes.JobRefusal = null;
        await GrainCluster.UntilAsync(async () => await _cluster.GetAsync(CoreTypes.Jobs, Run) is not null, "its Job was not created");
    }

    [Fact]
    public async Task Pod_RefusedByQuota_ShowsWhatTheJobsEventsSay()
    {
        await StartAsync();
        string uid = (string)(await _cluster.GetAsync(CoreTypes.Jobs, Run))!["metadata"]!["uid"]!;
        await _cluster.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Event
            metadata: {name: hello.1}
            involvedObject: {apiVersion: batch/v1, kind: Job, namespace: team, name: hello, uid: {{uid}}}
            reason: FailedCreate
            message: 'Error creating: pods "hello-x" is forbidden: exceeded quota: q, requested: pods=1'
            type: Warning
            lastTimestamp: '2026-01-01T00:00:00Z'
            firstTimestamp: '2026-01-01T00:00:00Z'
            count: 1
            """);

        // As the Job's own change does; from then on the grain looks by itself.
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
        await _cluster.WaitAsync(Run, status => (string?)status?["reason"] == RunFailureReasons.QuotaExceeded, "waiting for its quota");

        await _cluster.AddPodAsync(Run, "Running");
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
        Assert.Equal("Running", (string?)(await _cluster.StatusAsync(Run))!["phase"]);
        Assert.Null((string?)(await _cluster.StatusAsync(Run))!["reason"]);
    }

    [Fact]
    public async Task Image_ThatCannotBePulled_IsToldOnce_AndIsTheReasonWhenTimeIsUp()
    {
        await StartAsync();
        string pod = await _cluster.AddPodAsync(Run, "Pending");
        await WaitingAsync(pod, "ErrImagePull", "not found");
        Assert.Equal(RunFailureReasons.ImagePullFailed, (string?)(await _cluster.StatusAsync(Run))!["reason"]);
        int writes = _cluster.Kubernetes.Writes;
        for (int i = 0; i < 3; i++)
        {
            await WaitingAsync(pod, "ImagePullBackOff", "Back-off pulling image");
            await WaitingAsync(pod, "ErrImagePull", "not found");
        }

        Assert.Equal(writes, _cluster.Kubernetes.Writes);
        await _cluster.DeletePodAsync(pod);
        await _cluster.PatchAsync(
            CoreTypes.Jobs, Run, "{status: {startTime: '2026-01-01T00:00:00Z', failed: 1, conditions: [{type: FailureTarget, status: 'True', reason: DeadlineExceeded}, {type: Failed, status: 'True', reason: DeadlineExceeded}]}}", "status");
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
        JsonNode status = (await _cluster.StatusAsync(Run))!;
        Assert.Equal(("Failed", RunFailureReasons.ImagePullFailed), ((string?)status["phase"], (string?)status["reason"]));
        Assert.Contains("did not start within the run's time", (string?)status["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_WithANameThatCannotBeRight_FailsTheRunAtOnceAndItsJobGoes()
    {
        await StartAsync();
        string pod = await _cluster.AddPodAsync(Run, "Pending");
        await WaitingAsync(pod, "InvalidImageName", "Failed to apply default image tag");
        Assert.Equal(("Failed", RunFailureReasons.ImagePullFailed), ((string?)(await _cluster.StatusAsync(Run))!["phase"], (string?)(await _cluster.StatusAsync(Run))!["reason"]));
        await GrainCluster.UntilAsync(async () => await _cluster.GetAsync(CoreTypes.Jobs, Run) is null, "its Job was not deleted");
    }

    private async Task StartAsync()
    {
        await _cluster.ApplyAsync(Inputs.Simple);
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
    }

    private async Task WaitingAsync(string pod, string reason, string message)
    {
        await _cluster.PatchAsync(
            CoreTypes.Pods, pod, $"{{status: {{containerStatuses: [{{name: agent, image: x, imageID: '', ready: false, restartCount: 0, state: {{waiting: {{reason: {reason}, message: {message}}}}}}}]}}}}", "status");
        await _cluster.Run(Run).ReconcileAsync(CancellationToken.None);
    }
}
