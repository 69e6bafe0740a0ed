using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Garbage;

public sealed class GarbageTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private readonly CancellationTokenSource _limit = new(TestTimeouts.InProcess);

    private IKubernetesClient Client => fixture.Client;

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Delete_OwnerInBackground_TakesItsDependentsAlong()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject owner = await CreateAsync(Resources.ConfigMap(ns, "owner"));
        JsonObject child = await CreateAsync(Resources.ConfigMap(ns, "child").OwnedBy(owner));
        await CreateAsync(Resources.ConfigMap(ns, "grandchild").OwnedBy(child));
        await DeleteAsync(ns, "owner", "Background");
        await GoneAsync(ns, "child");
        await GoneAsync(ns, "grandchild");
    }

    [Fact]
    public async Task Create_WithAnOwnerThatIsGone_IsCollected()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject owner = await CreateAsync(Resources.ConfigMap(ns, "owner"));
        await DeleteAsync(ns, "owner", "Background");
        await CreateAsync(Resources.ConfigMap(ns, "late").OwnedBy(owner));
        await GoneAsync(ns, "late");
    }

    [Fact]
    public async Task Delete_OwnerAsOrphaning_LeavesDependentsWithoutTheReference()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject owner = await CreateAsync(Resources.ConfigMap(ns, "owner"));
        await CreateAsync(Resources.ConfigMap(ns, "child").OwnedBy(owner));
        await DeleteAsync(ns, "owner", "Orphan");
        await GoneAsync(ns, "owner");
        JsonObject child = (await Client.GetAsync(CoreTypes.ConfigMaps, ns, "child", _limit.Token))!;
        Assert.Null(child["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task Delete_OwnerInForeground_WaitsForBlockingDependents()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject owner = await CreateAsync(Resources.ConfigMap(ns, "owner"));
        JsonObject held = Resources.ConfigMap(ns, "child").OwnedBy(owner, blocks: true);
        held["metadata"]!["finalizers"] = new JsonArray("example.com/hold");
        await CreateAsync(held);
        await DeleteAsync(ns, "owner", "Foreground");
        await Client.WaitForAsync(CoreTypes.ConfigMaps, ns, "child", now => now?["metadata"]!["deletionTimestamp"] is not null);
        Assert.NotNull(await Client.GetAsync(CoreTypes.ConfigMaps, ns, "owner", _limit.Token));
        await ReleaseAsync(ns, "child");
        await GoneAsync(ns, "owner");
    }

    [Fact]
    public async Task Delete_WithFinalizer_WaitsForItsRemoval()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject held = Resources.ConfigMap(ns, "a");
        held["metadata"]!["finalizers"] = new JsonArray("example.com/hold");
        await CreateAsync(held);
        await DeleteAsync(ns, "a", "Background");
        Assert.NotNull((await Client.GetAsync(CoreTypes.ConfigMaps, ns, "a", _limit.Token))!["metadata"]!["deletionTimestamp"]);
        await ReleaseAsync(ns, "a");
        Assert.Null(await Client.GetAsync(CoreTypes.ConfigMaps, ns, "a", _limit.Token));
    }

    [Fact]
    public async Task Delete_Namespace_TakesEverythingInItAlong()
    {
        string ns = await fixture.NamespaceAsync();
        await CreateAsync(Resources.ConfigMap(ns, "a"));
        await Client.CreateAsync(ClusterFixture.Widgets, Resources.Widget(ns, "w"), _limit.Token);
        await Client.DeleteAsync(CoreTypes.Namespaces, null, ns, DeleteOptions.Background, _limit.Token);
        await Client.WaitForAsync(CoreTypes.Namespaces, null, ns, now => now is null);
        Assert.Empty((await Client.ListAsync(CoreTypes.ConfigMaps, ns, ListOptions.All, _limit.Token)).Items);
        Assert.Empty((await Client.ListAsync(ClusterFixture.Widgets, ns, ListOptions.All, _limit.Token)).Items);
    }

    [Fact]
    public async Task Create_Namespace_GetsItsServiceAccount()
    {
        string ns = await fixture.NamespaceAsync();
        Assert.NotNull(await Client.WaitForAsync(CoreTypes.ServiceAccounts, ns, "default", now => now is not null));
    }

    [Fact]
    public async Task Delete_Definition_TakesItsObjectsAlongAndIsNotServedAnyMore()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject definition = Kubernetes.Manifests.YamlReader.ReadSingle(
            ClusterFixture.WidgetDefinition.Replace("widget", "gadget", StringComparison.Ordinal).Replace("Widget", "Gadget", StringComparison.Ordinal)
                .Replace("[wd]", "[gd]", StringComparison.Ordinal), "gadget")!.AsObject();
        ResourceType gadgets = new("example.com", "v1", "gadgets", "Gadget");
        await Client.CreateAsync(CoreTypes.CustomResourceDefinitions, definition, _limit.Token);
        JsonObject gadget = Resources.Make(gadgets, ns, "g");
        gadget["spec"] = new JsonObject { ["size"] = 1 };
        await Client.CreateAsync(gadgets, gadget, _limit.Token);
        await Client.DeleteAsync(CoreTypes.CustomResourceDefinitions, null, "gadgets.example.com", DeleteOptions.Background, _limit.Token);
        await Client.WaitForAsync(CoreTypes.CustomResourceDefinitions, null, "gadgets.example.com", now => now is null);
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.GetAsync(gadgets, ns, "g", _limit.Token));
        Assert.True(failure.IsNotFound);
    }

    [Fact]
    public async Task Delete_RunningPod_WaitsForItsRunner()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject pod = Resources.Make(CoreTypes.Pods, ns, "p");
        pod["spec"] = new JsonObject
        {
            ["nodeName"] = "local",
            ["terminationGracePeriodSeconds"] = 7,
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "none" }),
        };
        await Client.CreateAsync(CoreTypes.Pods, pod, _limit.Token);
        await Client.DeleteAsync(CoreTypes.Pods, ns, "p", DeleteOptions.Background, _limit.Token);
        JsonObject ending = (await Client.GetAsync(CoreTypes.Pods, ns, "p", _limit.Token))!;
        Assert.Equal(7, ending["metadata"]!["deletionGracePeriodSeconds"]!.GetValue<int>());
        await Client.DeleteAsync(CoreTypes.Pods, ns, "p", new DeleteOptions { GracePeriodSeconds = 0 }, _limit.Token);
        Assert.Null(await Client.GetAsync(CoreTypes.Pods, ns, "p", _limit.Token));
    }

    private Task<JsonObject> CreateAsync(JsonObject resource) => Client.CreateAsync(CoreTypes.ConfigMaps, resource, _limit.Token);

    private Task<bool> DeleteAsync(string ns, string name, string policy) =>
        Client.DeleteAsync(CoreTypes.ConfigMaps, ns, name, new DeleteOptions { PropagationPolicy = policy }, _limit.Token);

    private Task<JsonObject?> GoneAsync(string ns, string name) => Client.WaitForAsync(CoreTypes.ConfigMaps, ns, name, now => now is null);

    private Task<JsonObject> ReleaseAsync(string ns, string name) => Client.PatchAsync(
        CoreTypes.ConfigMaps, ns, name, new Patch(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), null, _limit.Token);
}
