using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.Deployments;

/// <summary>What becomes of Deployments, shown with real processes.</summary>
public sealed class DeploymentControllerTests
{
    [Fact]
    public async Task Deployment_PodIsDeleted_AnotherTakesItsPlace()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.Deployments, New(replicas: 2), default);
        await UntilAvailableAsync(rig, 2);
        JsonObject victim = (await PodsAsync(rig))[0];

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", Name(victim), new DeleteOptions { GracePeriodSeconds = 0 }, default);
        await rig.UntilGoneAsync(CoreTypes.Pods, Name(victim));

        await rig.UntilPodsAsync(pods => pods.Count == 2 && pods.All(pod => Name(pod) != Name(victim)));
        await UntilAvailableAsync(rig, 2);
    }

    [Fact]
    public async Task Deployment_IsDeleted_TakesEverythingWithIt()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.Deployments, New(replicas: 1), default);
        await UntilAvailableAsync(rig, 1);
        JsonObject pod = Assert.Single(await PodsAsync(rig));

        await rig.Client.DeleteAsync(CoreTypes.Deployments, "default", "web", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, Name(pod));
        Assert.Empty((await rig.Client.ListAsync(CoreTypes.ReplicaSets, "default", ListOptions.All, default)).Items);
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Deployment_IsScaled_PostsEventsAsKubernetesWordsThem()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.Deployments, New(replicas: 2), default);
        await UntilAvailableAsync(rig, 2);
        JsonObject set = Assert.Single((await rig.Client.ListAsync(CoreTypes.ReplicaSets, "default", ListOptions.All, default)).Items);

        await rig.Client.PatchAsync(CoreTypes.Deployments, "default", "web", new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"replicas":1}}""")!), null, default);

        await rig.UntilEventAsync("ScalingReplicaSet", $"Scaled up replica set {Name(set)} from 0 to 2");
        await rig.UntilEventAsync("ScalingReplicaSet", $"Scaled down replica set {Name(set)} from 2 to 1");
        await rig.UntilEventAsync("SuccessfulCreate", $"Created pod: {Name(set)}-");
        await rig.UntilEventAsync("SuccessfulDelete", $"Deleted pod: {Name(set)}-");
    }

    [Fact]
    public async Task ReplicaSet_OrphanThatFits_IsAdoptedInsteadOfMakingOne()
    {
        await using PodRig rig = await PodRig.StartAsync();
        JsonObject orphan = await rig.CreatePodAsync("alone", """{"containers":[{"name":"c","image":"x:1","command":["sleep","1000"]}]}""", """{"app":"web"}""");
        await rig.CreateAsync(CoreTypes.Services, """{"metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}""");

        // The controllers see the set and the pod by different watches: that the pod is an endpoint says that they have seen it.
        await rig.UntilAsync(CoreTypes.Endpoints, "web", found => found["subsets"] is not null);
        await rig.Client.CreateAsync(CoreTypes.ReplicaSets, NewSet(replicas: 1), default);

        JsonObject set = await rig.UntilAsync(CoreTypes.ReplicaSets, "web", found => (int?)found["status"]?["readyReplicas"] == 1);
        JsonObject pod = Assert.Single(await PodsAsync(rig));
        Assert.Equal((string?)orphan["metadata"]!["uid"], (string?)pod["metadata"]!["uid"]);
        Assert.Equal((string?)set["metadata"]!["uid"], (string?)pod["metadata"]!["ownerReferences"]![0]!["uid"]);
    }

    [Fact]
    public async Task ReplicaSet_PodLosesItsLabels_IsLetGoAndReplaced()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.ReplicaSets, NewSet(replicas: 1), default);
        await rig.UntilAsync(CoreTypes.ReplicaSets, "web", found => (int?)found["status"]?["readyReplicas"] == 1);
        JsonObject pod = Assert.Single(await PodsAsync(rig));

        Patch patch = new(PatchType.Merge, JsonNode.Parse("""{"metadata":{"labels":{"app":"other"}}}""")!);
        await rig.Client.PatchAsync(CoreTypes.Pods, "default", Name(pod), patch, null, default);

        await rig.UntilAsync(CoreTypes.Pods, Name(pod), found => found["metadata"]!["ownerReferences"] is null);
        await rig.UntilPodsAsync(pods => pods.Count == 2);
        await rig.UntilAsync(CoreTypes.ReplicaSets, "web", found => (int?)found["status"]?["readyReplicas"] == 1);
    }

    private static JsonObject New(int replicas) => JsonNode.Parse($$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":{{replicas}},{{Selected}} } }
        """)!.AsObject();

    private static JsonObject NewSet(int replicas) => JsonNode.Parse($$"""
        {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":{{replicas}},{{Selected}} } }
        """)!.AsObject();

    private const string Selected = """
        "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
        "spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"x:1","command":["sleep","1000"]}]}}
        """;

    private static Task<JsonObject> UntilAvailableAsync(PodRig rig, int count) => rig.UntilAsync(
        CoreTypes.Deployments, "web",
        found => (int?)found["status"]?["availableReplicas"] == count && (int?)found["status"]?["replicas"] == count && (int?)found["status"]?["updatedReplicas"] == count);

    private static async Task<List<JsonObject>> PodsAsync(PodRig rig) => [.. (await rig.Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, default)).Items];

    private static string Name(JsonObject resource) => (string)resource["metadata"]!["name"]!;
}
