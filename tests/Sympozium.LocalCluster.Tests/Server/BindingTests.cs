using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Server;

/// <summary><c>pods/binding</c>, for schedulers of somebody's own.</summary>
public sealed class BindingTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Binding_GivesThePodItsNodeOnce()
    {
        string ns = await fixture.NamespaceAsync();
        using ApiCaller api = new(fixture.Cluster);
        await api.CallAsync("POST", $"/api/v1/namespaces/{ns}/pods", """{"metadata":{"name":"p"},"spec":{"schedulerName":"mine","containers":[{"name":"c","image":"x"}]}}""");
        string path = $"/api/v1/namespaces/{ns}/pods/p/binding";

        ApiAnswer nowhere = await api.CallAsync("POST", path, """{"target":{"kind":"Node"}}""");
        ApiAnswer bound = await api.CallAsync("POST", path, """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p","annotations":{"by":"mine"}},"target":{"kind":"Node","name":"n1"}}""");
        ApiAnswer again = await api.CallAsync("POST", path, """{"target":{"name":"n2"}}""");
        ApiAnswer missing = await api.CallAsync("POST", $"/api/v1/namespaces/{ns}/pods/nope/binding", """{"target":{"name":"n2"}}""");
        JsonObject pod = (await fixture.Client.GetAsync(CoreTypes.Pods, ns, "p", default))!;

        Assert.Equal((500, "target.name: Required value"), (nowhere.Code, nowhere.Message));
        Assert.Equal((201, "Success"), (bound.Code, (string?)bound.Json["status"]));
        Assert.Equal((409, "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\""), (again.Code, again.Message));
        Assert.Equal((404, "pods \"nope\" not found"), (missing.Code, missing.Message));
        Assert.Equal("n1", (string?)pod["spec"]!["nodeName"]);
        Assert.Equal("mine", (string?)pod["metadata"]!["annotations"]!["by"]);
    }
}
