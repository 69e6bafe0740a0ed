using System.Text.Json.Nodes;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Tests.Skills;

public sealed class SkillPackGrainTests : IAsyncLifetime
{
    private const string Pack = "{apiVersion: sympozium.ai/v1alpha1, kind: SkillPack, metadata: {name: ops}, spec: {skills: [{name: look, description: How to look., content: Look first.}]}}";

    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Pack_Applied_HasItsFilesInAConfigMap()
    {
        await _cluster.ApplyAsync(Pack);
        await ReconcileAsync();
        JsonObject files = (await _cluster.GetAsync(CoreTypes.ConfigMaps, "ops"))!;
        Assert.Equal("# look\n\n> How to look.\n\nLook first.\n", (string?)files["data"]!["look.md"]);
        JsonNode status = (await _cluster.GetAsync(SympoziumTypes.SkillPacks, "ops"))!["status"]!;
        Assert.Equal("Ready ops 1", $"{status["phase"]} {status["configMapName"]} {status["skillCount"]}");
    }

    [Fact]
    public async Task Pack_Changed_ChangesItsFilesAndThenSettles()
    {
        await _cluster.ApplyAsync(Pack);
        await ReconcileAsync();
        await _cluster.PatchAsync(SympoziumTypes.SkillPacks, "ops", "{spec: {skills: [{name: leap, content: Then leap.}]}}");
        await ReconcileAsync();
        Assert.Equal("""{"leap.md":"# leap\n\nThen leap.\n"}""", (await _cluster.GetAsync(CoreTypes.ConfigMaps, "ops"))!["data"]!.ToJsonString());
        int writes = _cluster.Kubernetes.Writes;
        await ReconcileAsync();
        Assert.Equal(writes, _cluster.Kubernetes.Writes);
    }

    [Fact]
    public async Task ConfigMap_OfSomebodyElse_IsLeftAlone()
    {
        await _cluster.ApplyAsync("{apiVersion: v1, kind: ConfigMap, metadata: {name: ops}, data: {mine: x}}");
        await _cluster.ApplyAsync(Pack);
        await ReconcileAsync();
        Assert.Equal("""{"mine":"x"}""", (await _cluster.GetAsync(CoreTypes.ConfigMaps, "ops"))!["data"]!.ToJsonString());
        JsonNode status = (await _cluster.GetAsync(SympoziumTypes.SkillPacks, "ops"))!["status"]!;
        Assert.Equal("Error", (string?)status["phase"]);
        Assert.Contains("does not belong to this pack", (string?)status["conditions"]![0]!["message"], StringComparison.Ordinal);
    }

    private Task ReconcileAsync() => _cluster.SkillPack("ops").ReconcileAsync(default);
}
