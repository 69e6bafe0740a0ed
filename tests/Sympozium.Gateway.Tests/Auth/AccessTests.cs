using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Sympozium.Gateway.Auth;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Tests.Auth;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AccessTests
{
    [Fact]
    public async Task Endpoints_All_HaveAnAccessDecisionAndRefuseAccordingly()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient stranger = gateway.NewClient(null);
        using HttpClient pod = await gateway.NewPodAsync("run-1");
        Assert.NotEmpty(gateway.App.Endpoints);
        foreach (RouteEndpoint endpoint in gateway.App.Endpoints.Cast<RouteEndpoint>())
        {
            AccessMetadata access = Assert.IsType<AccessMetadata>(endpoint.Metadata.GetMetadata<AccessMetadata>());
            if (access.Access == Access.Anonymous)
            {
                Assert.Contains(endpoint.RoutePattern.RawText, new[] { "/healthz", "/readyz" });
                continue;
            }

            var method = new HttpMethod(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
            string path = endpoint.RoutePattern.RawText!.Replace("{*id}", "x", StringComparison.Ordinal).Replace("{ns}", "default", StringComparison.Ordinal).Replace("{name}", "x", StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(stranger, method, path));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(access.Access == Access.Client ? pod : gateway.Client, method, path));
        }
    }

    [Fact]
    public async Task Health_Anonymous_IsOk()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient stranger = gateway.NewClient(null);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(stranger, HttpMethod.Get, "/healthz"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(stranger, HttpMethod.Get, "/readyz"));
    }

    [Fact]
    public async Task Token_FirstStart_IsMadeWithMode0600AndKept()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        Assert.Equal(43, gateway.App.Token.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(gateway.Options.TokenFile));
        Assert.Equal(gateway.App.Token, ClientToken.LoadOrCreate(gateway.Options.TokenFile).Value);
    }

    [Fact]
    public void Token_FileWithRubbish_IsRefused()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "short");
            Assert.Contains(file, Assert.Throws<InvalidDataException>(() => ClientToken.LoadOrCreate(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task RunToken_OfAnotherUidOrExpired_OpensNothing()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("run-1");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pod, HttpMethod.Get, "/broker/v1/models"));

        JsonObject run = (await gateway.Kubernetes.GetAsync(SympoziumTypes.AgentRuns, "default", "run-1", default))!;
        string uid = (string)run["metadata"]!["uid"]!;
        foreach (string token in new[] { gateway.Token("run-1", "other"), gateway.Token("run-2", uid), gateway.Token("run-1", uid, TimeSpan.FromSeconds(-1)) })
        {
            using HttpClient wrong = gateway.NewClient(token);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(wrong, HttpMethod.Get, "/broker/v1/models"));
        }
    }

    [Theory]
    [InlineData("GET", "/nothing", 404, "unknown_url")]
    [InlineData("POST", "/v1/nothing", 404, "unknown_url")]
    [InlineData("DELETE", "/v1/models", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    public async Task UnknownRouteOrMethod_HasAnErrorBodyWithFourKeys(string method, string path, int status, string code)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await gateway.Client.SendAsync(request);
        JsonObject error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!.AsObject();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(["message", "type", "param", "code"], error.Select(pair => pair.Key));
        Assert.Equal(code, (string?)error["code"]);
        Assert.True(response.Headers.Contains("x-request-id"));
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("https://chat.example.com", true)]
    [InlineData("https://evil.example.com", false)]
    public async Task Preflight_Origin_IsAllowedOrNot(string origin, bool allowed)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync(harness => harness.Options.CorsOrigins.Add("https://chat.example.com"));
        using HttpClient stranger = gateway.NewClient(null);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization, content-type, x-stainless-os");
        using HttpResponseMessage response = await stranger.SendAsync(request);

        Assert.Equal(allowed ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(allowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? origins) && origins.Single() == origin);
    }

    [Fact]
    public async Task UnixSocket_SameEndpointsForTheOwnerOnly()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(gateway.SocketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://gateway") };
        using HttpClient pod = await gateway.NewPodAsync("run-1");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", pod.DefaultRequestHeaders.Authorization!.Parameter);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, HttpMethod.Get, "/broker/v1/models"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(gateway.SocketPath)!));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
