using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Grains.Tests.Runs;

/// <summary>Statuses of Jobs and Pods as Kubernetes writes them, and what a run says of them.</summary>
public sealed class PodTroubleTests
{
    private const string FailedJob = "{status: {failed: 1, conditions: [{type: FailureTarget, status: 'True', reason: BackoffLimitExceeded}, {type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit}]}}";
    private const string FailingJob = "{status: {active: 1, terminating: 1, conditions: [{type: FailureTarget, status: 'True', reason: BackoffLimitExceeded}]}}";
    private const string LateJob = "{status: {conditions: [{type: Failed, status: 'True', reason: DeadlineExceeded, message: Job was active longer than specified deadline}]}}";
    private const string RunningJob = "{status: {active: 1, ready: 0}}";
    private const string Killed = "containerStatuses: [{name: agent, state: {terminated: {exitCode: 137, reason: Error}}}]";

    [Theory]
    [InlineData("{status: {phase: Failed, reason: Evicted, message: 'The node was low on resource: memory.', " + Killed + "}}", RunFailureReasons.Evicted, "The node was low on resource: memory.")]
    [InlineData("{status: {phase: Failed, reason: Evicted, message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ', conditions: [{type: DisruptionTarget, status: 'True', reason: TerminationByKubelet}]}}", RunFailureReasons.Evicted, "exceeds the total limit")]
    [InlineData("{status: {phase: Failed, conditions: [{type: DisruptionTarget, status: 'True', reason: EvictionByEvictionAPI, message: 'Eviction API: evicting'}], " + Killed + "}}", RunFailureReasons.Evicted, "Eviction API: evicting")]
    [InlineData("{status: {phase: Failed, reason: Terminated, message: Pod was terminated in response to imminent node shutdown., " + Killed + "}}", RunFailureReasons.Evicted, "node was shut down: Pod was terminated")]
    [InlineData("{status: {phase: Failed, reason: OutOfcpu, message: 'Node didn''t have enough resource: cpu'}}", RunFailureReasons.Evicted, "did not take the pod (OutOfcpu)")]
    [InlineData("{status: {phase: Failed, reason: UnexpectedAdmissionError, message: 'Allocate failed'}}", RunFailureReasons.Evicted, "Allocate failed")]
    [InlineData("{status: {phase: Failed, reason: NodeLost, message: Node which was running pod is unresponsive}}", RunFailureReasons.NodeLost, "is unresponsive")]
    [InlineData("{status: {phase: Failed, conditions: [{type: DisruptionTarget, status: 'True', reason: DeletionByTaintManager, message: 'Taint manager: deleting due to NoExecute taint'}]}}", RunFailureReasons.NodeLost, "NoExecute taint")]
    [InlineData("{status: {phase: Failed, conditions: [{type: DisruptionTarget, status: 'True', reason: DeletionByPodGC, message: 'PodGC: node no longer exists'}]}}", RunFailureReasons.NodeLost, "node no longer exists")]
    [InlineData("{status: {phase: Failed, reason: Preempting, message: Preempted in order to admit critical pod}}", RunFailureReasons.Preempted, "critical pod")]
    [InlineData("{status: {phase: Failed, conditions: [{type: DisruptionTarget, status: 'True', reason: PreemptionByScheduler, message: 'default-scheduler: preempting to accommodate a higher priority pod'}], " + Killed + "}}", RunFailureReasons.Preempted, "higher priority")]
    [InlineData("{status: {phase: Failed, " + Killed + "}}", RunFailureReasons.ContainerFailed, "was killed by signal 9")]
    [InlineData("{status: {phase: Failed, containerStatuses: [{name: agent, state: {terminated: {exitCode: 137, reason: OOMKilled}}}]}}", RunFailureReasons.OutOfMemory, "more memory")]
    [InlineData("{status: {phase: Failed, initContainerStatuses: [{name: ipc-bridge, state: {terminated: {exitCode: 1}}}], containerStatuses: [{name: agent, state: {waiting: {reason: PodInitializing}}}]}}", RunFailureReasons.InfrastructureLost, "before the agent ran")]
    public void Job_Failed_HasTheReasonOfItsPod(string pod, string reason, string message)
    {
        RunOutcome outcome = RunOutcomes.FromJob(Json(FailedJob), Json(pod), null)!;
        Assert.Equal((RunPhase.Failed, reason), (outcome.Phase, outcome.Reason));
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Job_OfALostNode_FailsThoughItsPodIsNeverGone()
    {
        JsonObject pod = Json("{metadata: {deletionTimestamp: now}, status: {phase: Running, conditions: [{type: DisruptionTarget, status: 'True', reason: DeletionByTaintManager}]}}");
        Assert.Equal(RunFailureReasons.NodeLost, RunOutcomes.FromJob(Json(FailingJob), pod, null)!.Reason);
        Assert.Null(RunOutcomes.FromJob(Json(FailingJob), Json("{status: {phase: Running}}"), null));
        Assert.Null(RunOutcomes.FromJob(Json(RunningJob), pod, null));
    }

    [Fact]
    public void Job_WhosePodNeverStartedInTime_HasTheReasonThatItWaitedFor()
    {
        RunOutcome outcome = RunOutcomes.FromJob(Json(LateJob), null, null, (RunFailureReasons.ImagePullFailed, "Container 'agent': ImagePullBackOff"))!;
        Assert.Equal(RunFailureReasons.ImagePullFailed, outcome.Reason);
        Assert.Contains("did not start within the run's time. Container 'agent': ImagePullBackOff", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(RunFailureReasons.Timeout, RunOutcomes.FromJob(Json(LateJob), null, null)!.Reason);
    }

    [Fact]
    public void Result_OfAnEvictedPod_CountsNevertheless() => Assert.Equal(
        RunPhase.Succeeded,
        RunOutcomes.FromJob(Json(FailedJob), Json("{status: {reason: Evicted}}"), "__SYMPOZIUM_RESULT__{\"status\":\"success\",\"response\":\"done\"}__SYMPOZIUM_END__")!.Phase);

    [Theory]
    [InlineData("{status: {containerStatuses: [{name: agent, state: {waiting: {reason: ErrImagePull, message: not found}}}]}}", RunFailureReasons.ImagePullFailed, "Container 'agent': ErrImagePull: not found")]
    [InlineData("{status: {containerStatuses: [{name: agent, state: {waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image \"x\"'}}}]}}", RunFailureReasons.ImagePullFailed, "Container 'agent': ImagePullBackOff: Back-off pulling image \"x\"")]
    [InlineData("{status: {initContainerStatuses: [{name: ipc-bridge, state: {waiting: {reason: CreateContainerConfigError, message: 'secret \"t\" not found'}}}]}}", "CreateContainerConfigError", "Container 'ipc-bridge': CreateContainerConfigError: secret \"t\" not found")]
    [InlineData("{status: {initContainerStatuses: [{name: ipc-bridge, state: {waiting: {reason: CrashLoopBackOff}}}]}}", "CrashLoopBackOff", "Container 'ipc-bridge': CrashLoopBackOff")]
    [InlineData("{status: {conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/3 nodes are available: 3 Insufficient cpu.'}]}}", RunFailureReasons.Unschedulable, "No node takes the pod: 0/3 nodes are available: 3 Insufficient cpu.")]
    [InlineData("{status: {conditions: [{type: PodScheduled, status: 'True'}]}}", null, null)]
    [InlineData("{status: {containerStatuses: [{name: agent, state: {waiting: {reason: ContainerCreating}}}]}}", null, null)]
    [InlineData("{status: {containerStatuses: [{name: agent, state: {waiting: {reason: PodInitializing}}}]}}", null, null)]
    [InlineData("{}", null, null)]
    public void Pod_ThatDoesNotStart_SaysWhy(string pod, string? reason, string? message)
    {
        (string Reason, string Message)? obstacle = PodTrouble.Obstacle(Json(pod));
        Assert.Equal((reason, message), (obstacle?.Reason, obstacle?.Message));
    }

    [Theory]
    [InlineData("InvalidImageName", true)]
    [InlineData("ErrImageNeverPull", true)]
    [InlineData("ImagePullBackOff", false)]
    public void Pod_WhoseImageCanNeverBeHad_Fails(string waiting, bool hopeless)
    {
        RunOutcome? outcome = PodTrouble.Hopeless(Json($"{{status: {{containerStatuses: [{{name: agent, state: {{waiting: {{reason: {waiting}}}}}}}]}}}}"));
        Assert.Equal(hopeless, outcome is not null);
        Assert.True(outcome is null || outcome.Reason == RunFailureReasons.ImagePullFailed);
    }

    [Theory]
    [InlineData("'Error creating: pods \"r-x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5'", RunFailureReasons.QuotaExceeded)]
    [InlineData("'Error creating: pods \"r-x\" is forbidden: violates PodSecurity \"restricted:latest\"'", RunFailureReasons.PodRefused)]
    public void Job_WhosePodsAreRefused_SaysWhyByItsEvents(string message, string reason)
    {
        JsonObject[] events =
        [
            Json("{reason: SuccessfulCreate, lastTimestamp: '2026-01-01T00:00:09Z', message: created}"),
            Json("{reason: FailedCreate, lastTimestamp: '2026-01-01T00:00:01Z', message: old}"),
            Json($"{{reason: FailedCreate, lastTimestamp: '2026-01-01T00:00:02Z', message: {message}}}"),
        ];
        Assert.Equal(reason, PodTrouble.Refusal(events)!.Value.Reason);
        Assert.Null(PodTrouble.Refusal([]));
    }

    [Theory]
    [InlineData("http://sympozium-gateway.sympozium-system.svc:8080", 8080, null)]
    [InlineData("http://sympozium-gateway.sympozium-system.svc.cluster.local", 80, null)]
    [InlineData("http://10.1.2.3:9000", 9000, "10.1.2.3/32")]
    [InlineData("http://[fd00::1]:9000", 9000, "fd00::1/128")]
    public void Gateway_ByItsUrl_IsAPeerOfNetworkPolicies(string url, int port, string? cidr) => Assert.Equal(new ControlPlanePeer("gateway", port, cidr), ControlPlanePeer.OfGateway(url));

    [Fact]
    public void Gateway_ByAnotherName_IsNone() => Assert.Null(ControlPlanePeer.OfGateway("http://gateway.example.com"));

    [Fact]
    public void NetworkPolicies_LetDeniedAgentsReachTheGatewayAndNamesOnly()
    {
        JsonObject[] policies = [.. AgentNetworkPolicy.Render("team", new ControlPlanePeer("gateway", 8080, null), [])];
        Assert.Equal(["sympozium-agent-ingress", "sympozium-agent-egress"], policies.Select(policy => (string)policy["metadata"]!["name"]!));
        Assert.Null(policies[0]["spec"]!["ingress"]);
        JsonNode spec = policies[1]["spec"]!;
        Assert.Equal("""{"matchLabels":{"sympozium.ai/component":"agent-run","sympozium.ai/egress":"denied"}}""", spec["podSelector"]!.ToJsonString());
        Assert.Equal(
            """[{"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"sympozium-system"}},"podSelector":{"matchLabels":{"sympozium.ai/component":"gateway"}}}],"ports":[{"protocol":"TCP","port":8080}]},{"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}}}],"ports":[{"protocol":"UDP","port":53},{"protocol":"TCP","port":53}]}]""",
            spec["egress"]!.ToJsonString());
    }

    private static JsonObject Json(string yaml) => (JsonObject)JsonNode.Parse(YamlReader.ReadAll(yaml, "test")[0].Root!.ToJsonString())!;
}
