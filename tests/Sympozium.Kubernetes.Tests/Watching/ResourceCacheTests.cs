using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Tests.Client;
using Sympozium.Kubernetes.Watching;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Watching;

/// <summary>A cache over HTTPS: against the local cluster, and against servers that do not send initial objects over the watch.</summary>
public sealed class ResourceCacheTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Cache_FollowsTheServer_AndFindsByIndex()
    {
        using var folder = new TemporaryDirectory();
        await using LocalClusterHost cluster = await LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = folder.Path, Port = 0 });
        using KubernetesClient client = new(Kubeconfig.Load(cluster.KubeconfigPath).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        await client.CreateAsync(CoreTypes.ConfigMaps, Map("one", "red"), None);
        await using Running running = Running.Start(client, CoreTypes.ConfigMaps, new ResourceWatchOptions { Namespace = "default", LabelSelector = "color" });
        await running.Cache.WaitForSyncAsync(None).WaitAsync(TestTimeouts.InProcess);
        Assert.Equal("Added one", await running.NextAsync());
        Assert.Equal("red", (string?)running.Cache.Get("default", "one")!["metadata"]!["labels"]!["color"]);

        await client.CreateAsync(CoreTypes.ConfigMaps, Map("two", "red"), None);
        Assert.Equal("Added two", await running.NextAsync());
        Assert.Equal(["one", "two"], Names(running.Cache.Find("color", "red")));

        await client.PatchAsync(CoreTypes.ConfigMaps, "default", "one", Merge("blue"), null, None);
        Assert.Equal("Modified one", await running.NextAsync());
        Assert.Equal(["two"], Names(running.Cache.Find("color", "red")));
        Assert.Equal(["one"], Names(running.Cache.Find("color", "blue")));

        await client.PatchAsync(CoreTypes.ConfigMaps, "default", "two", Merge(null), null, None);
        Assert.Equal("Deleted two", await running.NextAsync());
        await client.DeleteAsync(CoreTypes.ConfigMaps, "default", "one", DeleteOptions.Background, None);
        Assert.Equal("Deleted one", await running.NextAsync());
        Assert.Equal(0, running.Cache.Count);
        Assert.Empty(running.Cache.Find("color", "blue"));
        Assert.True(running.Cache.IsHealthy);
    }

    [Fact]
    public async Task Reader_ThatChangesItsObject_ChangesOnlyItsOwn()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(context => AnswerAsync(context, streams: true));
        using KubernetesClient client = server.Connect();
        await using Running running = Running.Start(client, CoreTypes.ConfigMaps, new ResourceWatchOptions());
        await running.Cache.WaitForSyncAsync(None).WaitAsync(TestTimeouts.InProcess);
        running.Cache.Get("n", "a")!["metadata"]!["name"] = "spoiled";
        Assert.Equal("a", (string?)running.Cache.Get("n", "a")!["metadata"]!["name"]);
    }

    [Theory]
    [InlineData(true, "watch+initial")]
    [InlineData(false, "watch+initial", "list", "watch from 7")]
    public async Task InitialObjects_ComeOverTheWatch_OrByListWhereTheServerRefuses(bool streams, params string[] expected)
    {
        Channel<string> calls = Channel.CreateUnbounded<string>();
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            calls.Writer.TryWrite(Describe(context.Request));
            return AnswerAsync(context, streams);
        });
        using KubernetesClient client = server.Connect();
        await using Running running = Running.Start(client, CoreTypes.ConfigMaps, new ResourceWatchOptions());
        await running.Cache.WaitForSyncAsync(None).WaitAsync(TestTimeouts.InProcess);
        Assert.Equal("a", (string?)Assert.Single(running.Cache.List("n"))["metadata"]!["name"]);
        foreach (string call in expected)
        {
            using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
            Assert.Equal(call, await calls.Reader.ReadAsync(timeout.Token));
        }
    }

    [Fact]
    public async Task Version_GoneInMidWatch_BringsANewListAndTheDeletionsThatWereMissed()
    {
        int watches = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(async context =>
        {
            bool again = Interlocked.Increment(ref watches) > 1;
            string name = again ? "b" : "a";
            await context.Response.WriteAsync(Event("ADDED", name, "5") + End);
            if (!again)
            {
                await context.Response.WriteAsync("""{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 5 (9)"}}""" + "\n");
                return;
            }

            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using KubernetesClient client = server.Connect();
        await using Running running = Running.Start(client, CoreTypes.ConfigMaps, new ResourceWatchOptions());
        Assert.Equal("Added a", await running.NextAsync());
        Assert.Equal("Added b", await running.NextAsync());
        Assert.Equal("Deleted a", await running.NextAsync());
        Assert.True(running.Cache.IsHealthy);
    }

    private const string End = """{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}}""" + "\n";

    private static string Describe(HttpRequest request) => !request.Query.ContainsKey("watch") ? "list"
        : request.Query["sendInitialEvents"] == "true" && request.Query["resourceVersionMatch"] == "NotOlderThan" ? "watch+initial"
        : $"watch from {request.Query["resourceVersion"]}";

    private static async Task AnswerAsync(HttpContext context, bool streams)
    {
        switch (Describe(context.Request))
        {
            case "list":
                await context.Response.WriteAsync("""{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","namespace":"n","resourceVersion":"5"}}]}""");
                return;
            case "watch+initial" when !streams:
                context.Response.StatusCode = 422;
                await context.Response.WriteAsync("""{"kind":"Status","code":422,"reason":"Invalid","message":"sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"}""");
                return;
            case "watch+initial":
                await context.Response.WriteAsync(Event("ADDED", "a", "5") + End);
                break;
            default:
                break;
        }

        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    }

    private static string Event(string type, string name, string version) =>
        "{\"type\":\"" + type + "\",\"object\":{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"n\",\"resourceVersion\":\"" + version + "\"}}}\n";

    private static Patch Merge(string? color) =>
        new(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["color"] = color } } });

    private static JsonObject Map(string name, string color) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default", ["labels"] = new JsonObject { ["color"] = color } },
    };

    private static string[] Names(IEnumerable<JsonObject> resources) => [.. resources.Select(resource => (string)resource["metadata"]!["name"]!).Order()];

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();
        private Task _task = Task.CompletedTask;

        private Running(ResourceCache cache) => Cache = cache;

        public ResourceCache Cache { get; }

        public static Running Start(KubernetesClient client, ResourceType type, ResourceWatchOptions options)
        {
            var cache = new ResourceCache(client, type, options, TimeProvider.System, NullLogger.Instance);
            cache.AddIndex("color", resource => (string?)resource["metadata"]!["labels"]?["color"] is { } color ? [color] : []);
            Running running = new(cache);
            cache.Changed += change => running._changes.Writer.TryWrite($"{change.Type} {change.Name}");
            running._task = cache.RunAsync(running._stop.Token);
            return running;
        }

        public async Task<string> NextAsync()
        {
            using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
            return await _changes.Reader.ReadAsync(timeout.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task.WaitAsync(TestTimeouts.InProcess);
            _stop.Dispose();
        }
    }
}
