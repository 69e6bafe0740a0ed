using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Server;

/// <summary>Subresources of pods that are no part of the object.</summary>
public sealed class EvictionTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Eviction_OfAPod_DeletesIt()
    {
        string path = await PodAsync();

        using StringContent eviction = new("""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await fixture.Http.PostAsync($"{path}/eviction", eviction);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("Success", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.GetValue<string>());
        using HttpResponseMessage read = await fixture.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    [Fact]
    public async Task Eviction_BeyondTheBudget_IsRefusedUntilThereAreEnoughPods()
    {
        string path = await PodAsync();
        string ns = path.Split('/')[4];
        JsonObject budget = Resources.Make(new ResourceType("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"), ns, "one");
        budget["spec"] = JsonNode.Parse("""{"minAvailable":1,"selector":{}}""");
        await fixture.Client.CreateAsync(new ResourceType("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"), budget, default);
        JsonNode status = JsonNode.Parse("""{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""")!;
        await fixture.Client.PatchAsync(CoreTypes.Pods, ns, "p", new Patch(PatchType.Merge, status), "status", default);

        using StringContent eviction = new("""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage refused = await fixture.Http.PostAsync($"{path}/eviction", eviction);
        await fixture.Client.DeleteAsync(new ResourceType("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"), ns, "one", DeleteOptions.Background, default);
        using HttpResponseMessage evicted = await fixture.Http.PostAsync($"{path}/eviction", eviction);

        JsonNode answer = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!;
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("Cannot evict pod as it would violate the pod's disruption budget.", (string?)answer["message"]);
        Assert.Equal("The disruption budget one needs 1 healthy pods and has 1 currently", (string?)answer["details"]!["causes"]![0]!["message"]);
        Assert.Equal(HttpStatusCode.Created, evicted.StatusCode);
    }

    private async Task<string> PodAsync()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject pod = Resources.Make(CoreTypes.Pods, ns, "p");
        pod["spec"] = JsonNode.Parse("""{"containers":[{"name":"c","image":"i"}]}""");
        await fixture.Client.WaitForAsync(CoreTypes.ServiceAccounts, ns, "default", now => now is not null);
        await fixture.Client.CreateAsync(CoreTypes.Pods, pod, CancellationToken.None);
        return $"/api/v1/namespaces/{ns}/pods/p";
    }
}
