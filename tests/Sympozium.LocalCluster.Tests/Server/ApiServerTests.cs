using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Server;

public sealed class ApiServerTests : IClassFixture<ClusterFixture>, IDisposable
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private readonly ClusterFixture _fixture;
    private readonly HttpClient _http;

    public ApiServerTests(ClusterFixture fixture)
    {
        _fixture = fixture;
        X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(
            Path.Combine(Path.GetDirectoryName(fixture.Cluster.TokenPath)!, "ca.crt"));
        SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri(fixture.Cluster.Url), Timeout = TestTimeouts.InProcess };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(fixture.Cluster.TokenPath).Trim());
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Get_WithWrongToken_IsUnauthorized()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, ConfigMaps);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Unauthorized", (await BodyAsync(response))["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Get_WithoutToken_IsRefusedExceptForVersionAndHealth()
    {
        _http.DefaultRequestHeaders.Authorization = null;
        using HttpResponseMessage list = await _http.GetAsync(ConfigMaps);
        Assert.Equal(HttpStatusCode.Forbidden, list.StatusCode);
        Assert.Contains("system:anonymous", (await BodyAsync(list))["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("ok", await _http.GetStringAsync("/healthz"));
        Assert.Equal("1", JsonNode.Parse(await _http.GetStringAsync("/version"))!["major"]!.GetValue<string>());
    }

    [Fact]
    public async Task Post_TooLarge_Is413()
    {
        using StringContent content = new(new string(' ', 4 << 20), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.PostAsync(ConfigMaps, content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Post_Yaml_IsCreatedAndReadableAsYaml()
    {
        using StringContent content = new("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: 'yes'}\n", Encoding.UTF8, "application/yaml");
        using HttpResponseMessage response = await _http.PostAsync(ConfigMaps, content);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        using HttpRequestMessage read = new(HttpMethod.Get, $"{ConfigMaps}/yaml");
        read.Headers.Accept.ParseAdd("application/yaml");
        using HttpResponseMessage answer = await _http.SendAsync(read);
        Assert.Contains("a: \"yes\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_InPages_ShowsOneMomentWhateverIsDeletedMeanwhile()
    {
        string ns = await _fixture.NamespaceAsync();
        await _fixture.Client.WaitForAsync(Kubernetes.Api.CoreTypes.ConfigMaps, ns, "kube-root-ca.crt", now => now is not null);
        foreach (string name in (string[])["a", "b", "c"])
        {
            await _fixture.Client.CreateAsync(Kubernetes.Api.CoreTypes.ConfigMaps, Resources.ConfigMap(ns, name), CancellationToken.None);
        }

        JsonNode first = JsonNode.Parse(await _http.GetStringAsync($"/api/v1/namespaces/{ns}/configmaps?limit=2"))!;
        Assert.Equal(2, first["metadata"]!["remainingItemCount"]!.GetValue<int>());
        await _fixture.Client.DeleteAsync(Kubernetes.Api.CoreTypes.ConfigMaps, ns, "c", Kubernetes.Api.DeleteOptions.Background, CancellationToken.None);
        string token = first["metadata"]!["continue"]!.GetValue<string>();
        JsonNode second = JsonNode.Parse(await _http.GetStringAsync($"/api/v1/namespaces/{ns}/configmaps?limit=2&continue={token}"))!;
        Assert.Equal(["c", "kube-root-ca.crt"], second["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Watch_FromAncientVersion_StreamsAnExpiredStatus()
    {
        using HttpResponseMessage response = await _http.GetAsync($"{ConfigMaps}?watch=1&resourceVersion=1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonNode line = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("ERROR", line["type"]!.GetValue<string>());
        Assert.Equal(410, line["object"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task Watch_WithInitialEvents_EndsThemWithABookmark()
    {
        string ns = await _fixture.NamespaceAsync();
        await _fixture.Client.WaitForAsync(Kubernetes.Api.CoreTypes.ConfigMaps, ns, "kube-root-ca.crt", now => now is not null);
        string query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
        string text = await _http.GetStringAsync($"/api/v1/namespaces/{ns}/configmaps?{query}");
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("ADDED", JsonNode.Parse(lines[0])!["type"]!.GetValue<string>());
        JsonNode bookmark = JsonNode.Parse(lines[1])!;
        Assert.Equal("BOOKMARK", bookmark["type"]!.GetValue<string>());
        Assert.Equal("true", bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
    }

    [Fact]
    public async Task Create_DryRun_LeavesNothingBehind()
    {
        using StringContent content = new("""{"metadata":{"name":"dry"}}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.PostAsync($"{ConfigMaps}?dryRun=All", content);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        using HttpResponseMessage read = await _http.GetAsync($"{ConfigMaps}/dry");
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        Assert.Equal("configmaps \"dry\" not found", (await BodyAsync(read))["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Discovery_Aggregated_ListsTheCustomKindWithItsStatus()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/apis");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Contains("as=APIGroupDiscoveryList", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        JsonNode group = (await BodyAsync(response))["items"]!.AsArray().Single(item => item!["metadata"]!["name"]!.GetValue<string>() == "example.com")!;
        JsonNode resource = group["versions"]![0]!["resources"]![0]!;
        Assert.Equal("widgets", resource["resource"]!.GetValue<string>());
        Assert.Equal("status", resource["subresources"]![0]!["subresource"]!.GetValue<string>());
    }

    private static async Task<JsonNode> BodyAsync(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
}
