using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>What networks and servers do to clients, over real sockets.</summary>
public sealed class FaultTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Read_WhoseConnectionDrops_IsSentAgain()
    {
        await using RawServer server = RawServer.Start(async (stream, number, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            if (number == 3)
            {
                await RawServer.WriteAsync(stream, RawServer.Answer("{}"), stop);
            }
        });
        using KubernetesClient client = Connect(server);
        Assert.NotNull(await GetAsync(client));
        Assert.Equal(3, server.Connections);
        Assert.Null(client.Health.Problem);
    }

    [Fact]
    public async Task Write_WhoseConnectionDrops_IsNotSentAgain()
    {
        int requests = 0;
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            Interlocked.Increment(ref requests);
        });
        using KubernetesClient client = Connect(server);
        JsonObject pod = new() { ["metadata"] = new JsonObject { ["name"] = "p", ["namespace"] = "n" } };
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(CoreTypes.Pods, pod, None));
        Assert.True(error.IsUnreachable);
        Assert.Equal(1, requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\":")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"kind\":")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("not HTTP at all\r\n\r\n")]
    public async Task Answer_CutOff_IsUnreachable_NotHalfAnObject(string answer)
    {
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            await RawServer.WriteAsync(stream, answer, stop);
        });
        using KubernetesClient client = Connect(server, new KubernetesClientOptions { MaxRetries = 1 });
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        Assert.True(error.IsUnreachable, error.ToString());
        Assert.StartsWith("cannot reach the Kubernetes API at ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatIsHalfJson_IsNotAKubernetesObject()
    {
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            await RawServer.WriteAsync(stream, RawServer.Answer("{\"kind\":\"Pod\",\"met"), stop);
        });
        using KubernetesClient client = Connect(server);
        Assert.Contains("not a Kubernetes object; is it an API server?", (await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\":")]
    public async Task Answer_ThatStalls_TimesOut_WhereverItStalls(string begun)
    {
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            await RawServer.WriteAsync(stream, begun, stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        using KubernetesClient client = Connect(server, new KubernetesClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client).WaitAsync(TestTimeouts.InProcess));
        Assert.Equal(StatusReasons.Timeout, error.Reason);
        Assert.Contains("did not answer within 0.2 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_Cancelled_EndsAtOnce_InEveryState()
    {
        var arrived = new SemaphoreSlim(0);
        await using RawServer server = RawServer.Start(async (stream, number, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            if (number == 2)
            {
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", stop);
            }

            arrived.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        using KubernetesClient client = Connect(server);
        for (int i = 0; i < 2; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<JsonObject?> request = client.GetAsync(CoreTypes.Pods, "a", "b", cancel.Token);
            await arrived.WaitAsync(TestTimeouts.InProcess);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.WaitAsync(TestTimeouts.InProcess));
        }
    }

    [Fact]
    public async Task Watch_WhoseChunkIsCutOff_GivesWholeEventsAndThenFails()
    {
        const string Event = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n";
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            string two = Event + Event[..20];
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{Event.Length:x}\r\n{Event}\r\n{two.Length:x}\r\n{two}", stop);
        });
        using KubernetesClient client = Connect(server);
        List<WatchEvent> events = [];
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (WatchEvent change in client.WatchAsync(CoreTypes.Pods, null, new WatchOptions(), None))
            {
                events.Add(change);
            }
        });
        Assert.True(error.IsUnreachable);
        Assert.All(events, change => Assert.Equal("a", (string?)change.Resource["metadata"]!["name"]));
        Assert.InRange(events.Count, 1, 2);
    }

    [Fact]
    public async Task Watch_ThatFallsSilent_EndsAfterItsTimeAndGrace()
    {
        var time = new FakeTime();
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            await RawServer.ReadHeadAsync(stream, stop);
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        var options = new KubernetesClientOptions { RequestTimeout = TimeSpan.FromHours(1) };
        using KubernetesClient client = new(new ClusterConnection { Server = server.Address }, options, time);
        Task<int> watch = CountAsync(client);
        await time.WaitForTimerAsync(options.WatchTimeout + options.WatchGrace);
        time.Advance(options.WatchTimeout + options.WatchGrace);
        Assert.Equal(0, await watch.WaitAsync(TestTimeouts.InProcess));
    }

    [Fact]
    public async Task Watch_ThatNobodyReads_DoesNotHoldUpRequests()
    {
        await using RawServer server = RawServer.Start(async (stream, _, stop) =>
        {
            while (await RawServer.ReadHeadAsync(stream, stop) is { } head)
            {
                if (!head.Contains("watch=true", StringComparison.Ordinal))
                {
                    await RawServer.WriteAsync(stream, RawServer.Answer("{}"), stop);
                    continue;
                }

                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", stop);
                string flood = $"{{\"type\":\"ADDED\",\"object\":{{\"x\":\"{new string('x', 4000)}\"}}}}\n";
                while (true)
                {
                    await RawServer.WriteAsync(stream, $"{flood.Length:x}\r\n{flood}\r\n", stop);
                }
            }
        });
        using KubernetesClient client = Connect(server);
        await using IAsyncEnumerator<WatchEvent> first = client.WatchAsync(CoreTypes.Pods, null, new WatchOptions(), None).GetAsyncEnumerator(None);
        await using IAsyncEnumerator<WatchEvent> second = client.WatchAsync(CoreTypes.Pods, null, new WatchOptions(), None).GetAsyncEnumerator(None);
        Assert.True(await first.MoveNextAsync());
        Assert.True(await second.MoveNextAsync());
        Assert.NotNull(await GetAsync(client).WaitAsync(TestTimeouts.InProcess));
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task RetryAfter_HoldsAllRequestsOfTheClient()
    {
        var time = new FakeTime();
        int calls = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            bool refused = Interlocked.Increment(ref calls) == 1;
            context.Response.StatusCode = refused ? 429 : 200;
            context.Response.Headers.RetryAfter = "5";
            return context.Response.WriteAsync(refused ? """{"kind":"Status","code":429,"reason":"TooManyRequests","message":"slow down"}""" : "{}");
        });
        using KubernetesClient client = new(new ClusterConnection { Server = server.Address }, new KubernetesClientOptions { RequestTimeout = TimeSpan.FromHours(1) }, time);
        Task<JsonObject?> told = GetAsync(client);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        Task<JsonObject?> other = GetAsync(client);
        Assert.False(other.IsCompleted);
        Assert.Equal(1, calls);
        time.Advance(TimeSpan.FromSeconds(5));
        await Task.WhenAll(told, other).WaitAsync(TestTimeouts.InProcess);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task ServiceUnavailable_WithRetryAfter_IsSentAgain_EvenAWrite()
    {
        int calls = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref calls) < 3 ? 503 : 201;
            context.Response.Headers.RetryAfter = "0";
            return context.Response.WriteAsync("{}");
        });
        using KubernetesClient client = server.Connect();
        Assert.NotNull(await client.CreateAsync(CoreTypes.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "n" } }, None));
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Outage_IsToldOnceEachWay()
    {
        bool away = true;
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = away ? 502 : 403;
            return context.Response.WriteAsync(away ? "<html>bad gateway</html>" : """{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}""");
        });
        using KubernetesClient client = server.Connect();
        List<ApiHealthChange> told = [];
        client.Health.Changed += told.Add;
        for (int i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        }

        Assert.Contains("bad gateway", Assert.Single(told).Problem, StringComparison.Ordinal);
        Assert.NotNull(client.Health.Problem);
        away = false;
        for (int i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        }

        Assert.Equal(2, told.Count);
        Assert.Null(told[1].Problem);
        Assert.Null(client.Health.Problem);
    }

    [Fact]
    public async Task Failure_HasTheCausesOfTheStatus()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = 422;
            return context.Response.WriteAsync(
                """
                {"kind":"Status","code":422,"reason":"Invalid","message":"Pod \"p\" is invalid","details":{"retryAfterSeconds":7,"causes":[
                  {"reason":"FieldValueRequired","message":"Required value","field":"spec.containers[0].image"},
                  {"reason":"FieldValueInvalid","message":"Invalid value: -1","field":"spec.priority"}]}}
                """);
        });
        using KubernetesClient client = server.Connect();
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => GetAsync(client));
        Assert.True(error.IsInvalid);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, error.Code);
        Assert.Equal(["spec.containers[0].image", "spec.priority"], error.Causes.Select(cause => cause.Field));
        Assert.Equal("Required value", error.Causes[0].Message);
        Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);
    }

    private static KubernetesClient Connect(RawServer server, KubernetesClientOptions? options = null) =>
        new(new ClusterConnection { Server = server.Address }, options ?? new KubernetesClientOptions(), TimeProvider.System);

    private static async Task<int> CountAsync(KubernetesClient client)
    {
        int count = 0;
        await foreach (WatchEvent _ in client.WatchAsync(CoreTypes.Pods, null, new WatchOptions(), None))
        {
            count++;
        }

        return count;
    }

    private static Task<JsonObject?> GetAsync(KubernetesClient client) => client.GetAsync(CoreTypes.Pods, "a", "b", None);
}
