using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Client;

public sealed class LocalKubernetesClientTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private readonly CancellationTokenSource _limit = new(TestTimeouts.InProcess);

    private IKubernetesClient Client => fixture.Client;

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Create_CustomResource_HasDefaultsUidAndGeneration()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject created = await Client.CreateAsync(ClusterFixture.Widgets, Resources.Widget(ns, "w"), _limit.Token);
        Assert.Equal("red", created["spec"]!["color"]!.GetValue<string>());
        Assert.Equal(1, created["metadata"]!["generation"]!.GetValue<int>());
        Assert.True(Guid.TryParse(created["metadata"]!["uid"]!.GetValue<string>(), out _));
        Assert.True(JsonNode.DeepEquals(created, await Client.GetAsync(ClusterFixture.Widgets, ns, "w", _limit.Token)));
    }

    [Fact]
    public async Task Create_Twice_IsAlreadyExists()
    {
        string ns = await fixture.NamespaceAsync();
        await Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token);
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(
            () => Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token));
        Assert.True(failure.IsAlreadyExists);
        Assert.Equal("configmaps \"a\" already exists", failure.Message);
    }

    [Fact]
    public async Task Create_InvalidObject_ListsEveryProblem()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject widget = Resources.Widget(ns, "w", size: 0);
        widget["spec"]!["color"] = "blue";
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(ClusterFixture.Widgets, widget, _limit.Token));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, failure.Code);
        Assert.Contains("spec.size", failure.Message, StringComparison.Ordinal);
        Assert.Contains("spec.color", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_InMissingNamespace_IsNotFound()
    {
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(
            () => Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("nowhere", "a"), _limit.Token));
        Assert.True(failure.IsNotFound);
        Assert.Equal("namespaces \"nowhere\" not found", failure.Message);
    }

    [Fact]
    public async Task Create_GenerateName_MakesDifferentNames()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject template = Resources.ConfigMap(ns, "x");
        template["metadata"]!.AsObject().Remove("name");
        template["metadata"]!["generateName"] = "run-";
        JsonObject first = await Client.CreateAsync(CoreTypes.ConfigMaps, template, _limit.Token);
        JsonObject second = await Client.CreateAsync(CoreTypes.ConfigMaps, template, _limit.Token);
        Assert.StartsWith("run-", first["metadata"]!["name"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotEqual(first["metadata"]!["name"]!.GetValue<string>(), second["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Replace_StaleVersion_IsConflict()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject first = await Client.CreateAsync(ClusterFixture.Widgets, Resources.Widget(ns, "w"), _limit.Token);
        JsonObject changed = first.DeepClone().AsObject();
        changed["spec"]!["size"] = 4;
        JsonObject second = await Client.ReplaceAsync(ClusterFixture.Widgets, changed, null, _limit.Token);
        Assert.Equal(2, second["metadata"]!["generation"]!.GetValue<int>());
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.ReplaceAsync(ClusterFixture.Widgets, changed, null, _limit.Token));
        Assert.True(failure.IsConflict);
    }

    [Fact]
    public async Task Replace_Status_ChangesNothingElse()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject widget = await Client.CreateAsync(ClusterFixture.Widgets, Resources.Widget(ns, "w"), _limit.Token);
        widget["spec"]!["size"] = 9;
        widget["status"] = new JsonObject { ["phase"] = "Running" };
        JsonObject updated = await Client.ReplaceAsync(ClusterFixture.Widgets, widget, "status", _limit.Token);
        Assert.Equal("Running", updated["status"]!["phase"]!.GetValue<string>());
        Assert.Equal(3, updated["spec"]!["size"]!.GetValue<int>());
        Assert.Equal(1, updated["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public async Task Patch_PodStatus_IsKept()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject pod = Resources.Make(CoreTypes.Pods, ns, "p");
        pod["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "none" }) };
        await Client.CreateAsync(CoreTypes.Pods, pod, _limit.Token);
        Patch patch = new(PatchType.Merge, new JsonObject { ["status"] = new JsonObject { ["phase"] = "Running" } });
        JsonObject running = await Client.PatchAsync(CoreTypes.Pods, ns, "p", patch, "status", _limit.Token);
        Assert.Equal("Running", running["status"]!["phase"]!.GetValue<string>());
    }

    [Fact]
    public async Task Patch_ManyAtOnce_LosesNone()
    {
        string ns = await fixture.NamespaceAsync();
        await Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Client.PatchAsync(
            CoreTypes.ConfigMaps, ns, "a", new Patch(PatchType.Merge, new JsonObject { ["data"] = new JsonObject { [$"k{i}"] = "v" } }), null, _limit.Token)));
        JsonObject merged = (await Client.GetAsync(CoreTypes.ConfigMaps, ns, "a", _limit.Token))!;
        Assert.Equal(11, merged["data"]!.AsObject().Count);
    }

    [Fact]
    public async Task Patch_WithoutEffect_WritesNothing()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject created = await Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token);
        Patch same = new(PatchType.Merge, new JsonObject { ["data"] = new JsonObject { ["value"] = "1" } });
        Assert.Equal(created.Version(), (await Client.PatchAsync(CoreTypes.ConfigMaps, ns, "a", same, null, _limit.Token)).Version());
    }

    [Fact]
    public async Task Apply_MissingThenPresent_CreatesThenMerges()
    {
        string ns = await fixture.NamespaceAsync();
        Patch first = new(PatchType.Apply, Resources.ConfigMap(ns, "a"), "tests");
        await Client.PatchAsync(CoreTypes.ConfigMaps, ns, "a", first, null, _limit.Token);
        JsonObject more = Resources.ConfigMap(ns, "a", "2");
        JsonObject merged = await Client.PatchAsync(CoreTypes.ConfigMaps, ns, "a", new Patch(PatchType.Apply, more, "tests"), null, _limit.Token);
        Assert.Equal("2", merged["data"]!["value"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watch_WithSelector_EnteringIsAddedAndLeavingIsDeleted()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject plain = await Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token);
        WatchOptions options = new() { ResourceVersion = plain.Version(), LabelSelector = "x=1" };
        await using IAsyncEnumerator<WatchEvent> watch = Client.WatchAsync(CoreTypes.ConfigMaps, ns, options, _limit.Token).GetAsyncEnumerator(_limit.Token);
        await LabelAsync(ns, "1");
        await LabelAsync(ns, "2");
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(WatchEventType.Added, watch.Current.Type);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(WatchEventType.Deleted, watch.Current.Type);
        Assert.Equal("1", watch.Current.Resource["metadata"]!["labels"]!["x"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watch_FromAncientVersion_IsExpired()
    {
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (WatchEvent _ in Client.WatchAsync(CoreTypes.ConfigMaps, null, new WatchOptions { ResourceVersion = "1" }, _limit.Token))
            {
                break;
            }
        });
        Assert.True(failure.IsExpired);
    }

    [Fact]
    public async Task Delete_Missing_IsFalse() => Assert.False(await Client.DeleteAsync(CoreTypes.ConfigMaps, "default", "nope", DeleteOptions.Background, _limit.Token));

    [Fact]
    public async Task Delete_WithAnotherUid_IsConflict()
    {
        string ns = await fixture.NamespaceAsync();
        await Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), _limit.Token);
        KubernetesException failure = await Assert.ThrowsAsync<KubernetesException>(
            () => Client.DeleteAsync(CoreTypes.ConfigMaps, ns, "a", new DeleteOptions { Uid = "another" }, _limit.Token));
        Assert.True(failure.IsConflict);
    }

    private Task<JsonObject> LabelAsync(string ns, string value) => Client.PatchAsync(
        CoreTypes.ConfigMaps, ns, "a",
        new Patch(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["x"] = value } } }), null, _limit.Token);
}
