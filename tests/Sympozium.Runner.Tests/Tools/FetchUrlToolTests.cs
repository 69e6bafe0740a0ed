using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Tests.Tools;

/// <summary>fetch_url against a real server, and the table of addresses that it does not go to.</summary>
public sealed class FetchUrlToolTests : IAsyncLifetime, IDisposable
{
    private readonly ProcessLifetime _lifetime = new(TimeProvider.System);
    private WebApplication _server = null!;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.MapGet("/page", () => Microsoft.AspNetCore.Http.Results.Text("<html><head><title>t</title></head><body><h1>Tea &amp; cake</h1><script>x()</script><p>Brew   it.</p></body></html>", "text/html"));
        _server.MapGet("/hop/{n:int}", (int n) => Microsoft.AspNetCore.Http.Results.Redirect(n == 0 ? "/echo" : $"/hop/{n - 1}"));
        _server.MapGet("/echo", (HttpRequest request) => $"key={request.Headers["X-Key"]}");
        _server.MapGet("/big", () => Microsoft.AspNetCore.Http.Results.Bytes(new byte[3_000_000].AsMemory(), "text/plain"));
        _server.MapGet("/image", () => Microsoft.AspNetCore.Http.Results.Bytes(new byte[10].AsMemory(), "image/png"));
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public void Fetch_Page_GivesItsText() =>
        Assert.EndsWith("status 200, text/html\n\nTea & cake\nBrew it.", Fetch("/page").Text, StringComparison.Ordinal);

    [Fact]
    public void Fetch_Redirects_AreFollowedFiveTimesAndDropGivenHeaders()
    {
        Assert.EndsWith("key=", Fetch("/hop/4").Text, StringComparison.Ordinal);
        Assert.EndsWith("key=secret", Fetch("/echo").Text, StringComparison.Ordinal);
        Assert.Contains("redirects more than 5", Assert.Throws<ToolException>(() => Fetch("/hop/5")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fetch_TooMuchOrNoText_IsCutOrRefused()
    {
        Assert.EndsWith("[cut]", Fetch("/big").Text, StringComparison.Ordinal);
        Assert.Contains("not text", Assert.Throws<ToolException>(() => Fetch("/image")).Message, StringComparison.Ordinal);
        Assert.Throws<ToolException>(() => Call(new FetchUrlTool(_lifetime, allowPrivate: true), "file:///etc/passwd"));
    }

    [Fact]
    public void Fetch_PrivateAddress_IsRefusedAlsoByName()
    {
        var tool = new FetchUrlTool(_lifetime, allowPrivate: false);
        foreach (string host in new[] { "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "169.254.169.254" })
        {
            Assert.Contains("not a public address", Assert.Throws<ToolException>(() => Call(tool, $"http://{host}:{new Uri(_server.Urls.First()).Port}/page")).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0.0.0.0", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("127.255.255.254", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("172.15.255.255", false)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("198.18.0.1", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("::127.0.0.1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("2002:a00:1::", true)]
    [InlineData("fc00::1", true)]
    [InlineData("fd12:3456::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("ff02::1", true)]
    [InlineData("2606:4700::1111", false)]
    public void Address_Table(string address, bool isForbidden) => Assert.Equal(isForbidden, AddressGuard.IsForbidden(IPAddress.Parse(address)));

    private ToolResult Fetch(string path) => Call(new FetchUrlTool(_lifetime, allowPrivate: true), _server.Urls.First() + path);

    private static ToolResult Call(FetchUrlTool tool, string url)
    {
        var arguments = new JsonObject { ["url"] = url, ["headers"] = new JsonObject { ["X-Key"] = "secret" } };
        using JsonDocument document = JsonDocument.Parse(arguments.ToJsonString());
        return tool.Execute(document.RootElement);
    }
}
