using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>Requests that no well-meaning client sends are refused with a Status and do no harm.</summary>
public sealed class HostileRequestTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private readonly ApiCaller _api = new(fixture.Cluster);

    public void Dispose() => _api.Dispose();

    public static TheoryData<string, string, string> Bodies => new()
    {
        { "application/json", "{", "POST" },
        { "application/json", "[1,2", "POST" },
        { "application/json", "\"text\"", "POST" },
        { "application/json", "{\"metadata\":{\"name\":\"a\"}} trailing", "POST" },
        { "application/json", "{\"metadata\":7}", "POST" },
        { "application/json", "{\"metadata\":{\"name\":{}}}", "POST" },
        { "application/json", "{\"data\":{\"a\":1}}", "POST" },
        { "application/json", "{\"metadata\":{\"name\":\"\\ud800\"}}", "POST" },
        { "application/json", "\0\0\0", "POST" },
        { "application/yaml", "a: [", "POST" },
        { "application/yaml", "a: &a [*a]", "POST" },
        { "application/yaml", "- 1\n- 2", "POST" },
        { "application/yaml", "%YAML 9.9\n---\n\t", "POST" },
        { "application/vnd.kubernetes.protobuf", "k8s", "POST" },
        { "application/vnd.kubernetes.protobuf", "k8s\0\u00ff\u00ff\u00ff\u00ff", "POST" },
        { "application/vnd.kubernetes.protobuf", "k8s\0\n\u0010\n\u0002v1\u0012\nConfigMap\u0012\u007f", "POST" },
        { "application/xml", "<a/>", "POST" },
        { "application/json-patch+json", "{}", "PATCH" },
        { "application/json-patch+json", "[{\"op\":\"add\"}]", "PATCH" },
        { "application/json-patch+json", "[{\"op\":\"test\",\"path\":\"/a/b/c\",\"value\":1}]", "PATCH" },
        { "application/json-patch+json", "[{\"op\":\"move\",\"from\":\"/data\",\"path\":\"/data/a\"}]", "PATCH" },
        { "application/merge-patch+json", "[]", "PATCH" },
        { "application/strategic-merge-patch+json", "{\"metadata\":{\"$patch\":\"dance\"}}", "PATCH" },
        { "application/apply-patch+yaml", "a: {{{", "PATCH" },
        { "text/plain", "{}", "PATCH" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_ThatCannotBeRead_IsRefusedWithAStatus(string mediaType, string body, string method)
    {
        await _api.CallAsync("POST", ConfigMaps, """{"metadata":{"name":"target"}}""");
        ApiAnswer answer = await _api.SendAsync(
            method, method == "PATCH" ? $"{ConfigMaps}/target?fieldManager=x" : ConfigMaps, Encoding.Latin1.GetBytes(body), mediaType);
        Assert.InRange(answer.Code, 400, 422);
        Assert.Equal("Status", answer.Json["kind"]!.GetValue<string>());
        Assert.NotEmpty(answer.Message);
        Assert.Equal("ok", (await _api.CallAsync("GET", "/healthz")).Text);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Body_OfManyMegabytes_Is413AndNotRead(int megabytes)
    {
        byte[] body = Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"large"},"data":{"a":"{{{new string('x', megabytes << 20)}}}"}}""");
        ApiAnswer answer = await _api.SendAsync("POST", ConfigMaps, body, "application/json");
        Assert.Equal(413, answer.Code);
        Assert.Equal("RequestEntityTooLarge", answer.Json["reason"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("application/json;as=Table;v=v9;g=nowhere")]
    [InlineData("application/json;as=;v;g")]
    [InlineData(";;;,,,")]
    [InlineData("*/*;q=high")]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("text/html")]
    public async Task Accept_OfAnyKind_IsServedOr406(string accept)
    {
        ApiAnswer answer = await _api.CallAsync("GET", ConfigMaps, headers: $"Accept: {accept}");
        Assert.Contains(answer.Code, (int[])[200, 406]);
    }

    [Theory]
    [InlineData("/../../../etc/passwd")]
    [InlineData("/api/v1/namespaces/..%2f..%2fetc/configmaps")]
    [InlineData("/api/v1/namespaces/default/configmaps/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/namespaces/default/pods/..%2f..%2fx/log")]
    [InlineData("/api/v1/namespaces/default/configmaps/%00")]
    [InlineData("/apis/%2e%2e/v1/x")]
    [InlineData("/openapi/v3/../../etc")]
    public async Task Path_ThatLeadsElsewhere_FindsNothing(string path)
    {
        string answer = await RawAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {await File.ReadAllTextAsync(fixture.Cluster.TokenPath)}\r\nConnection: close\r\n\r\n");
        Assert.True(answer.StartsWith("HTTP/1.1 40", StringComparison.Ordinal) || answer.Contains("\"items\":[]", StringComparison.Ordinal), answer);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("labelSelector", 2_000)]
    [InlineData("fieldSelector", 2_000)]
    public async Task Selector_OfManyTerms_IsAnsweredInTime(string parameter, int terms)
    {
        string selector = string.Join(',', Enumerable.Range(0, terms).Select(_ => parameter[0] == 'l' ? "a!=b" : "metadata.name!=b"));
        ApiAnswer answer = await _api.CallAsync("GET", $"{ConfigMaps}?{parameter}={Uri.EscapeDataString(selector)}");
        Assert.Contains(answer.Code, (int[])[200, 400, 414, 431]);
        ApiAnswer nested = await _api.CallAsync("GET", $"{ConfigMaps}?{parameter}={new string('(', 4_000)}");
        Assert.Equal(400, nested.Code);
    }

    [Fact]
    public async Task PlainHttp_OnTheTlsPort_IsToldSo()
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", new Uri(fixture.Cluster.Url).Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        using StreamReader reader = new(stream);
        Assert.Equal("HTTP/1.0 400 Bad Request\n\nClient sent an HTTP request to an HTTPS server.\n", (await reader.ReadToEndAsync().WaitAsync(TestTimeouts.InProcess)).ReplaceLineEndings("\n"));
        Assert.Equal("ok", (await _api.CallAsync("GET", "/healthz")).Text);
    }

    [Fact]
    public async Task Watcher_ThatDoesNotRead_IsCutOffAndListsAgain()
    {
        string ns = await fixture.NamespaceAsync();
        string path = $"/api/v1/namespaces/{ns}/configmaps";
        await using Stream watch = await _api.OpenAsync($"{path}?watch=1", CancellationToken.None);
        string body = $$$"""{"metadata":{"generateName":"c-"},"data":{"a":"{{{new string('x', 20_000)}}}"}}""";
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= 6_000)
            {
                Assert.Equal(201, (await _api.CallAsync("POST", path, body)).Code);
            }
        }));
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        using StreamReader reader = new(watch);
        string last = "";
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            last = line;
        }

        JsonNode end = JsonNode.Parse(last)!;
        Assert.Equal("ERROR", end["type"]!.GetValue<string>());
        Assert.Equal(410, end["object"]!["code"]!.GetValue<int>());
        Assert.Equal(200, (await _api.CallAsync("GET", $"{path}?limit=1")).Code);
    }

    private async Task<string> RawAsync(string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", new Uri(fixture.Cluster.Url).Port);
        await using System.Net.Security.SslStream stream = new(client.GetStream(), false, (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync("localhost");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync().WaitAsync(TestTimeouts.InProcess);
    }
}
