using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

public sealed class KubernetesClientTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Get_MissingObject_IsNull()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => StatusAsync(c, 404, "NotFound", "pods \"p\" not found"));
        using KubernetesClient client = server.Connect();
        Assert.Null(await client.GetAsync(CoreTypes.Pods, "default", "p", None));
    }

    [Fact]
    public async Task Failure_CarriesReasonMessageAndDetailsOfTheStatus()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => StatusAsync(c, 422, "Invalid", "spec.a: Required value"));
        using KubernetesClient client = server.Connect();
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(
            () => client.CreateAsync(CoreTypes.Pods, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "p" } }, None));
        Assert.Equal((HttpStatusCode)422, error.Code);
        Assert.Equal(StatusReasons.Invalid, error.Reason);
        Assert.Equal("spec.a: Required value", error.Message);
        Assert.Equal("pods", error.Details!["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task Failure_WithoutStatusBody_GetsTheReasonOfItsCode()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c =>
        {
            c.Response.StatusCode = 502;
            return c.Response.WriteAsync("<html>proxy</html>");
        });
        using KubernetesClient client = server.Connect();
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(CoreTypes.Pods, "a", "b", None));
        Assert.Equal(HttpStatusCode.BadGateway, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains("<html>proxy</html>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoServer_IsUnreachable()
    {
        using ClosedPort closed = new();
        using KubernetesClient client = new(new ClusterConnection { Server = new Uri($"http://127.0.0.1:{closed.Number}/") }, new KubernetesClientOptions(), TimeProvider.System);
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(CoreTypes.Pods, "a", "b", None));
        Assert.Equal(StatusReasons.Unreachable, error.Reason);
        Assert.Contains("connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListAndWatch_OfMetadata_AskForItAndTakeWhatComes()
    {
        List<string> asked = [];
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            asked.Add(c.Request.Headers.Accept.ToString());
            await c.Response.WriteAsync(c.Request.Query.ContainsKey("watch")
                ? """{"type":"ADDED","object":{"kind":"PartialObjectMetadata","metadata":{"name":"p"}}}""" + "\n"
                : """{"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"p"}}]}""");
        });
        using KubernetesClient client = server.Connect();
        ResourceList list = await client.ListAsync(CoreTypes.Pods, "a", new ListOptions { MetadataOnly = true }, None);
        List<WatchEvent> events = [];
        await foreach (WatchEvent change in client.WatchAsync(CoreTypes.Pods, "a", new WatchOptions { ResourceVersion = "7", MetadataOnly = true }, None))
        {
            events.Add(change);
        }

        Assert.Equal(["application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"], asked);
        Assert.Equal("p", (string?)Assert.Single(list.Items)["metadata"]!["name"]);
        Assert.Equal("p", (string?)Assert.Single(events).Resource["metadata"]!["name"]);
    }

    [Fact]
    public async Task TooManyRequests_IsSentAgain_UntilItSucceeds()
    {
        int calls = 0;
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            if (Interlocked.Increment(ref calls) < 3)
            {
                c.Response.Headers.RetryAfter = "0";
                await StatusAsync(c, 429, "TooManyRequests", "slow down");
                return;
            }
            await c.Response.WriteAsync("{\"kind\":\"Pod\"}");
        });
        using KubernetesClient client = server.Connect();
        Assert.NotNull(await client.GetAsync(CoreTypes.Pods, "a", "b", None));
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task TooManyRequests_LongerThanTheLimit_GoesToTheCaller()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c =>
        {
            c.Response.Headers.RetryAfter = "3600";
            return StatusAsync(c, 429, "TooManyRequests", "slow down");
        });
        using KubernetesClient client = server.Connect();
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(CoreTypes.Pods, "a", "b", None));
        Assert.Equal(TimeSpan.FromHours(1), error.RetryAfter);
    }

    [Fact]
    public async Task List_FollowsPages_AndNamesKinds()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => c.Response.WriteAsync(c.Request.Query["continue"] == "next"
            ? """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}}]}"""
            : """{"metadata":{"resourceVersion":"9","continue":"next"},"items":[{"metadata":{"name":"a"}}]}"""));
        using KubernetesClient client = server.Connect();
        ResourceList list = await client.ListAsync(CoreTypes.Pods, null, ListOptions.All, None);
        Assert.Equal("9", list.ResourceVersion);
        Assert.Equal(["a", "b"], list.Items.Select(i => i["metadata"]!["name"]!.GetValue<string>()));
        Assert.All(list.Items, i => Assert.Equal("Pod", i["kind"]!.GetValue<string>()));
    }

    [Fact]
    public async Task List_ContinueTokenExpired_StartsOverWithoutPages()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => c.Request.Query switch
        {
            var q when q.ContainsKey("continue") => StatusAsync(c, 410, "Expired", "too old"),
            var q when q.ContainsKey("limit") => c.Response.WriteAsync("""{"metadata":{"continue":"next"},"items":[{"metadata":{"name":"a"}}]}"""),
            _ => c.Response.WriteAsync("""{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"x"}},{"metadata":{"name":"y"}}]}"""),
        });
        using KubernetesClient client = server.Connect();
        ResourceList list = await client.ListAsync(CoreTypes.Pods, null, ListOptions.All, None);
        Assert.Equal(["x", "y"], list.Items.Select(i => i["metadata"]!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Watch_YieldsEventsAcrossChunks_AndEndsWithTheStream()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            Assert.Equal("5", c.Request.Query["resourceVersion"]);
            await c.Response.WriteAsync("{\"type\":\"ADDED\",\"object\":{\"a\"");
            await c.Response.Body.FlushAsync();
            await c.Response.WriteAsync(":1}}\n{\"type\":\"BOOKMARK\",\"object\":{\"b\":2}}\n");
        });
        using KubernetesClient client = server.Connect();
        List<WatchEvent> events = [];
        await foreach (WatchEvent e in client.WatchAsync(CoreTypes.Pods, "x", new WatchOptions { ResourceVersion = "5" }, None))
        {
            events.Add(e);
        }
        Assert.Equal([WatchEventType.Added, WatchEventType.Bookmark], events.Select(e => e.Type));
        Assert.Equal("{\"a\":1}", events[0].Resource.ToJsonString());
    }

    [Fact]
    public async Task Watch_ErrorEvent_IsThrown()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(c => c.Response.WriteAsync(
            """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}""" + "\n"));
        using KubernetesClient client = server.Connect();
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (WatchEvent _ in client.WatchAsync(CoreTypes.Pods, "x", new WatchOptions(), None))
            {
            }
        });
        Assert.True(error.IsExpired);
    }

    [Fact]
    public async Task Watch_BrokenConnection_IsUnreachable()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            await c.Response.WriteAsync("{\"type\":\"ADDED\",\"object\":{}}\n{\"type\":");
            await c.Response.Body.FlushAsync();
            c.Abort();
        });
        using KubernetesClient client = server.Connect();
        int seen = 0;
        KubernetesException error = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (WatchEvent _ in client.WatchAsync(CoreTypes.Pods, "x", new WatchOptions(), None))
            {
                seen++;
            }
        });
        Assert.Equal(StatusReasons.Unreachable, error.Reason);
        Assert.InRange(seen, 0, 1);
    }

    [Fact]
    public async Task Watch_Cancelled_ThrowsCancellation()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            await c.Response.WriteAsync("{\"type\":\"ADDED\",\"object\":{}}\n");
            await c.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted);
        });
        using KubernetesClient client = server.Connect();
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (WatchEvent _ in client.WatchAsync(CoreTypes.Pods, "x", new WatchOptions(), cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Requests_HavePathsQueriesBodiesAndMediaTypesOfTheApi()
    {
        List<string> seen = [];
        await using ScriptedServer server = await ScriptedServer.StartAsync(async c =>
        {
            using StreamReader body = new(c.Request.Body);
            seen.Add($"{c.Request.Method} {c.Request.Path}{c.Request.QueryString} {c.Request.ContentType} {await body.ReadToEndAsync()}");
            await c.Response.WriteAsync("{}");
        });
        using KubernetesClient client = server.Connect();
        JsonObject pod = new() { ["metadata"] = new JsonObject { ["name"] = "p", ["namespace"] = "n" } };
        await client.CreateAsync(CoreTypes.Pods, pod, None);
        await client.ReplaceAsync(CoreTypes.Jobs, pod, "status", None);
        await client.PatchAsync(CoreTypes.Pods, "n", "p", new Patch(PatchType.Apply, new JsonObject(), "me", Force: true), null, None);
        await client.PatchAsync(CoreTypes.Namespaces, null, "n", new Patch(PatchType.Merge, new JsonObject()), "status", None);
        Assert.True(await client.DeleteAsync(CoreTypes.Pods, "n", "p", new DeleteOptions { Uid = "u", GracePeriodSeconds = 0 }, None));
        Assert.Equal(
        [
            "POST /api/v1/namespaces/n/pods?fieldManager=sympozium application/json {\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"}}",
            "PUT /apis/batch/v1/namespaces/n/jobs/p/status?fieldManager=sympozium application/json {\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"}}",
            "PATCH /api/v1/namespaces/n/pods/p?fieldManager=me&force=true application/apply-patch+yaml {}",
            "PATCH /api/v1/namespaces/n/status?fieldManager=sympozium application/merge-patch+json {}",
            "DELETE /api/v1/namespaces/n/pods/p application/json {\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\",\"gracePeriodSeconds\":0,\"preconditions\":{\"uid\":\"u\"}}",
        ], seen);
    }

    private static Task StatusAsync(HttpContext context, int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsync(new JsonObject
        {
            ["kind"] = "Status",
            ["code"] = code,
            ["reason"] = reason,
            ["message"] = message,
            ["details"] = new JsonObject { ["kind"] = "pods" },
        }.ToJsonString());
    }
}
