using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Kinds;

/// <summary>What validation refuses of pods beyond the recorded cases; the texts are those of Kubernetes' sources.</summary>
public sealed class PodValidationTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Theory]
    [InlineData("""{"dnsPolicy":"None"}""", "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None")]
    [InlineData("""{"hostAliases":[{"ip":"x"}]}""", "spec.hostAliases[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
    [InlineData("""{"schedulingGates":[{"name":"a"},{"name":"a"}]}""", "spec.schedulingGates[1]: Duplicate value: \"a\"")]
    [InlineData(
        """{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[]}}}}""",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term")]
    [InlineData(
        """{"affinity":{"podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":101,"podAffinityTerm":{"topologyKey":"zone"}}]}}}""",
        "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100")]
    [InlineData("""{"volumes":[{"name":"v","hostPath":{"path":"/x","type":"Q"}}]}""", "spec.volumes[0].hostPath.type: Unsupported value: \"Q\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"")]
    [InlineData(
        """{"volumes":[{"name":"v","projected":{"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":5}}]}}]}""",
        "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes")]
    [InlineData("""{"ephemeralContainers":[{"name":"e","image":"i"}]}""", "spec.ephemeralContainers: Forbidden: cannot be set on create")]
    public async Task Pod_WithThatSpec_IsRefused(string spec, string problem) => Assert.Equal(problem, await RefusalAsync(JsonNode.Parse(spec)!.AsObject(), "{}"));

    [Theory]
    [InlineData("""{"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.nope"}}}]}""", "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nope\": error converting fieldPath: field label not supported: spec.nope")]
    [InlineData("""{"env":[{"name":"A","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu","divisor":"2"}}}]}""", "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource")]
    [InlineData("""{"resources":{"requests":{"example.com/gpu":"1"}}}""", "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources")]
    [InlineData("""{"lifecycle":{"preStop":{"sleep":{"seconds":31}}}}""", "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)")]
    [InlineData("""{"startupProbe":{"grpc":{"port":0}}}""", "spec.containers[0].startupProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData("""{"readinessProbe":{"exec":{"command":["true"]},"terminationGracePeriodSeconds":5}}""", "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes")]
    [InlineData("""{"securityContext":{"procMount":"q"}}""", "spec.containers[0].securityContext.procMount: Unsupported value: \"q\": supported values: \"Default\", \"Unmasked\"")]
    public async Task Pod_WithThatContainer_IsRefused(string container, string problem) => Assert.Equal(problem, await RefusalAsync([], container));

    private async Task<string> RefusalAsync(JsonObject spec, string container)
    {
        JsonObject pod = Resources.Make(CoreTypes.Pods, "default", "p");
        JsonObject main = JsonNode.Parse(container)!.AsObject();
        main["name"] = "c";
        main["image"] = "i";
        spec["containers"] = new JsonArray(main);
        pod["spec"] = spec;
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(CoreTypes.Pods, pod, default));
        const string Start = "Pod \"p\" is invalid: ";
        Assert.StartsWith(Start, refused.Message, StringComparison.Ordinal);
        return refused.Message[Start.Length..];
    }
}
