using System.Text.Json.Nodes;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Policies;

public sealed class PolicyGrainTests : IAsyncLifetime
{
    private const string Policy = "{apiVersion: sympozium.ai/v1alpha1, kind: SympoziumPolicy, metadata: {name: strict}, spec: {template: Restrictive}}";

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Policy_NamedInEitherKindAndSpelling_CountsItsInstancesAndThenSettles()
    {
        await _cluster.ApplyAsync(Policy);
        await _cluster.ApplyAsync(Instance("SympoziumInstance", "a", "policyRef: strict"));
        await _cluster.ApplyAsync(Instance("Agent", "b", "policy: strict"));
        await _cluster.ApplyAsync(Instance("Agent", "c", "policy: other"));

        await ReconcileAsync();
        int writes = _cluster.Kubernetes.Writes;
        await ReconcileAsync();

        JsonNode status = (await _cluster.GetAsync(SympoziumTypes.Policies, "strict"))!["status"]!;
        Assert.Equal(2, (int?)status["boundInstances"]);
        Assert.Equal("True", (string?)status["conditions"]![0]!["status"]);
        Assert.Equal(writes, _cluster.Kubernetes.Writes);
    }

    [Fact]
    public async Task Policy_ThatContradictsItself_SaysSo()
    {
        await _cluster.ApplyAsync(
            "{apiVersion: sympozium.ai/v1alpha1, kind: SympoziumPolicy, metadata: {name: strict}, spec: {toolGating: {rules: [{tool: x, action: allow}, {tool: x, action: deny}]}}}");

        await ReconcileAsync();

        JsonNode condition = (await _cluster.GetAsync(SympoziumTypes.Policies, "strict"))!["status"]!["conditions"]![0]!;
        Assert.Equal("False", (string?)condition["status"]);
        Assert.Contains("several rules with different actions for the tool 'x'", (string?)condition["message"], StringComparison.Ordinal);
    }

    private static string Instance(string kind, string name, string policy) =>
        $"{{apiVersion: sympozium.ai/v1alpha1, kind: {kind}, metadata: {{name: {name}}}, spec: {{agents: {{default: {{model: m}}}}, {policy}}}}}";

    private Task ReconcileAsync() => _cluster.Policy("strict").ReconcileAsync(default);
}
