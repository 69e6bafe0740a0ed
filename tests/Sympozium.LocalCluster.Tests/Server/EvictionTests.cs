using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Server;

/// <summary>Subresources of pods that are no part of the object.</summary>
public sealed class EvictionTests : IClassFixture<ClusterFixture>, IDisposable
{
    private readonly ClusterFixture _fixture;
    private readonly HttpClientHandler _handler = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
    private readonly HttpClient _http;

    public EvictionTests(ClusterFixture fixture)
    {
        _fixture = fixture;
        _http = new HttpClient(_handler) { BaseAddress = new Uri(fixture.Cluster.Url), Timeout = TestTimeouts.InProcess };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(fixture.Cluster.TokenPath).Trim());
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    [Fact]
    public async Task Eviction_OfAPod_DeletesIt()
    {
        string path = await PodAsync();

        using StringContent eviction = new("""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _http.PostAsync($"{path}/eviction", eviction);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("Success", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.GetValue<string>());
        using HttpResponseMessage read = await _http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    [Fact]
    public async Task EphemeralContainers_CanBeReadButNotAdded()
    {
        string path = await PodAsync();
        using HttpResponseMessage read = await _http.GetAsync($"{path}/ephemeralcontainers");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        using StringContent patch = new("""{"spec":{"ephemeralContainers":[{"name":"d","image":"i"}]}}""", Encoding.UTF8, "application/strategic-merge-patch+json");
        using HttpResponseMessage refused = await _http.PatchAsync($"{path}/ephemeralcontainers", patch);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("the local cluster does not run ephemeral containers", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<string> PodAsync()
    {
        string ns = await _fixture.NamespaceAsync();
        JsonObject pod = Resources.Make(CoreTypes.Pods, ns, "p");
        pod["spec"] = JsonNode.Parse("""{"containers":[{"name":"c","image":"i"}]}""");
        await _fixture.Client.WaitForAsync(CoreTypes.ServiceAccounts, ns, "default", now => now is not null);
        await _fixture.Client.CreateAsync(CoreTypes.Pods, pod, CancellationToken.None);
        return $"/api/v1/namespaces/{ns}/pods/p";
    }
}
