using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Identity;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>The machine's clock jumps: a laptop slept, or somebody set it.</summary>
public sealed class ClockTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly MovableTime _time = new();
    private LocalClusterHost _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = new(
            new LocalClusterOptions { DataDirectory = _folder.Path, Port = 0 }, [], () => throw new NotSupportedException(), null, _time, NullLoggerFactory.Instance);
        await _cluster.StartAsync(default);
        // Made after the account: whatever comes now is the test's own.
        await _cluster.Client.WaitForAsync(CoreTypes.ConfigMaps, "default", "kube-root-ca.crt", now => now is not null);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(-400)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(400)]
    public async Task Versions_AfterAJumpOfDays_GoOnAndWatchesMissNothing(int days)
    {
        JsonObject first = await _cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a"), default);
        string version = first["metadata"]!["resourceVersion"]!.GetValue<string>();
        _time.Offset = TimeSpan.FromDays(days);
        JsonObject second = await _cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "b"), default);
        Assert.True(long.Parse(second["metadata"]!["resourceVersion"]!.GetValue<string>(), null) > long.Parse(version, null));
        await _cluster.Client.PatchAsync(
            CoreTypes.ConfigMaps, "default", "a", new Patch(PatchType.Merge, new JsonObject { ["data"] = new JsonObject { ["x"] = "1" } }), null, default);
        using CancellationTokenSource limit = new(TestTimeouts.InProcess);
        List<string> seen = [];
        await foreach (WatchEvent change in _cluster.Client.WatchAsync(CoreTypes.ConfigMaps, "default", new WatchOptions { ResourceVersion = version }, limit.Token))
        {
            seen.Add($"{change.Type} {change.Resource["metadata"]!["name"]}");
            if (seen.Count == 2)
            {
                break;
            }
        }

        Assert.Equal(["Added b", "Modified a"], seen);
    }

    [Fact]
    public async Task Token_AfterAJumpForward_HasEnded_AndCountsAgainWhenTheClockIsPutRight()
    {
        using ApiCaller api = new(_cluster);
        string token = _cluster.Tokens.Issue(new ServiceAccountTokenRequest("default", "default")).Token;
        Assert.Equal(200, (await api.CallAsync("GET", "/api", token: token)).Code);
        _time.Offset = TimeSpan.FromDays(1);
        Assert.Equal(401, (await api.CallAsync("GET", "/api", token: token)).Code);
        Assert.Equal(200, (await api.CallAsync("GET", "/api")).Code);
        _time.Offset = TimeSpan.FromDays(-1);
        Assert.Equal(401, (await api.CallAsync("GET", "/api", token: token)).Code);
        _time.Offset = TimeSpan.Zero;
        Assert.Equal(200, (await api.CallAsync("GET", "/api", token: token)).Code);
    }

    [Fact]
    public async Task Table_OfAnObjectFromTheFuture_StillShowsAnAge()
    {
        _time.Offset = TimeSpan.FromDays(3);
        await _cluster.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "later"), default);
        _time.Offset = TimeSpan.Zero;
        using ApiCaller api = new(_cluster);
        ApiAnswer table = await api.CallAsync(
            "GET", "/api/v1/namespaces/default/configmaps/later", headers: "Accept: application/json;as=Table;v=v1;g=meta.k8s.io");
        Assert.Equal(200, table.Code);
        Assert.NotEmpty(table.Json["rows"]![0]!["cells"]![2]!.ToString());
    }

    /// <summary>The real clock, put forward or back.</summary>
    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }
}
