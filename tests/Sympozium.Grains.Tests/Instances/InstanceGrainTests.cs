using System.Text.Json.Nodes;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Instances;

public sealed class InstanceGrainTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Instance_Complete_IsReadyAndCountsItsRuns()
    {
        await _cluster.ApplyAsync(Inputs.Simple);
        await _cluster.Instance("helper").ReconcileAsync(default);
        JsonNode status = await StatusAsync(SympoziumTypes.Instances);
        Assert.Equal("Ready 1 0", $"{status["phase"]} {status["totalAgentRuns"]} {status["activeAgentPods"]}");
        Assert.Equal("True", (string?)status["conditions"]![0]!["status"]);
    }

    [Fact]
    public async Task Instance_Unchanged_IsWrittenOnce()
    {
        await _cluster.ApplyAsync(Inputs.Simple);
        await _cluster.Instance("helper").ReconcileAsync(default);
        int writes = _cluster.Kubernetes.Writes;
        await _cluster.Instance("helper").ReconcileAsync(default);
        Assert.Equal(writes, _cluster.Kubernetes.Writes);
    }

    [Fact]
    public async Task Instance_WithMissingParts_NamesThemAll()
    {
        await _cluster.ApplyAsync("{apiVersion: sympozium.ai/v1alpha1, kind: SympoziumInstance, metadata: {name: helper}, spec: {provider: {name: openai, model: m, apiKeySecret: none}, policy: gone, skills: [lost]}}");
        await _cluster.Instance("helper").ReconcileAsync(default);
        JsonNode status = await StatusAsync(SympoziumTypes.Instances);
        Assert.Equal("Error", (string?)status["phase"]);
        string message = (string)status["conditions"]![0]!["message"]!;
        Assert.All(new[] { "'none'", "'gone'", "'lost'" }, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Instance_AndAgentOfOneName_ConflictOnTheYounger()
    {
        await _cluster.ApplyAsync(Inputs.Simple);
        await _cluster.ApplyAsync("{apiVersion: sympozium.ai/v1alpha1, kind: Agent, metadata: {name: helper}, spec: {provider: {name: ollama, model: m}}}");
        await _cluster.Instance("helper").ReconcileAsync(default);
        Assert.Equal("Ready", (string?)(await StatusAsync(SympoziumTypes.Instances))["phase"]);
        JsonNode younger = await StatusAsync(SympoziumTypes.Agents);
        Assert.Contains(younger["conditions"]!.AsArray(), condition => (string?)condition!["type"] == "Conflict" && (string?)condition["status"] == "True");
    }

    private async Task<JsonNode> StatusAsync(ResourceType type) => (await _cluster.GetAsync(type, "helper"))!["status"]!;
}
