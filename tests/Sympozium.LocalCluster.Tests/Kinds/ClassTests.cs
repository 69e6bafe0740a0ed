using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Kinds;

/// <summary>Priority classes; the texts are those of Kubernetes' sources.</summary>
public sealed class ClassTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly ResourceType PriorityClasses = new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", Namespaced: false);

    [Fact]
    public async Task PriorityClass_OfAPod_GivesItsValue()
    {
        await fixture.Client.CreateAsync(PriorityClasses, Class("high", 1000), default);

        JsonObject pod = await fixture.Client.CreateAsync(CoreTypes.Pods, Pod("p", """{"priorityClassName":"high"}"""), default);
        KubernetesException unknown = await Assert.ThrowsAsync<KubernetesException>(
            () => fixture.Client.CreateAsync(CoreTypes.Pods, Pod("q", """{"priorityClassName":"nope"}"""), default));
        KubernetesException own = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(CoreTypes.Pods, Pod("q", """{"priority":5}"""), default));

        Assert.Equal(1000, (int?)pod["spec"]!["priority"]);
        Assert.Equal("pods \"q\" is forbidden: no PriorityClass with name nope was found", unknown.Message);
        Assert.Equal(
            "pods \"q\" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name",
            own.Message);
    }

    [Fact]
    public async Task PriorityClass_AboveABillion_IsForTheSystemOnly()
    {
        KubernetesException high = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(PriorityClasses, Class("mine", 1_000_000_001), default));
        JsonObject? system = await fixture.Client.GetAsync(PriorityClasses, null, "system-node-critical", default);

        Assert.Equal("PriorityClass.scheduling.k8s.io \"mine\" is invalid: value: Forbidden: maximum allowed value of a user defined priority is 1000000000", high.Message);
        Assert.Equal(2_000_001_000, (long?)system!["value"]);
    }

    private static JsonObject Class(string name, long value)
    {
        JsonObject made = Resources.Make(PriorityClasses, null, name);
        made["value"] = value;
        return made;
    }

    private static JsonObject Pod(string name, string spec)
    {
        JsonObject pod = Resources.Make(CoreTypes.Pods, "default", name);
        pod["spec"] = JsonNode.Parse(spec);
        pod["spec"]!["containers"] = JsonNode.Parse("""[{"name":"c","image":"i"}]""");
        return pod;
    }
}
