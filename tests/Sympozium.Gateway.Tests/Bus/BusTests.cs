using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Gateway.Tests.Harness;

namespace Sympozium.Gateway.Tests.Bus;

public sealed class BusTests
{
    [Fact]
    public async Task Publish_ChunksThenResult_ReachBusAndGrain()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        await using IBusSubscription seen = await gateway.Bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);

        using HttpResponseMessage response = await PublishAsync(pod, Event(Topics.StreamChunk, "r", """[{"type":"text","content":"x"}]"""), Event(Topics.RunCompleted, "r", """{"status":"success","response":"x"}"""));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("success", (string?)Assert.Single(gateway.Grains.Run("default/r").Results).Data!["status"]);
        Assert.Equal([Topics.StreamChunk, Topics.RunCompleted], await TopicsAsync(seen, 2));
    }

    [Fact]
    public async Task Publish_GrainCannotTakeTheResult_IsNotAnswered200()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        gateway.Grains.Run("default/r").RefuseResult = new SympoziumUnavailableException("The store is down.");

        using HttpResponseMessage first = await PublishAsync(pod, Event(Topics.RunFailed, "r", """{"status":"error"}"""));
        gateway.Grains.Run("default/r").RefuseResult = null;
        using HttpResponseMessage second = await PublishAsync(pod, Event(Topics.RunFailed, "r", """{"status":"error"}"""));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Single(gateway.Grains.Run("default/r").Results);
    }

    [Theory]
    [InlineData(Topics.RunPhase, "r")]
    [InlineData(Topics.FollowUp, "r")]
    [InlineData(Topics.StreamChunk, "other")]
    public async Task Publish_ForeignTopicOrRun_Is403AndNothingIsPublished(string topic, string run)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        await using IBusSubscription seen = await gateway.Bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);

        using HttpResponseMessage response = await PublishAsync(pod, Event(Topics.StatusUpdate, "r", """{"state":"x"}"""), Event(topic, run, "{}"));
        using HttpResponseMessage good = await PublishAsync(pod, Event(Topics.ChannelSend, "r", "{}"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal([Topics.ChannelSend], await TopicsAsync(seen, 1));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[null]")]
    [InlineData("""[{"topic":"agent.stream.chunk"}]""")]
    public async Task Publish_Malformed_Is400(string body)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        using HttpResponseMessage response = await pod.PostAsync("bus/v1/publish", GatewayHarness.Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Events_ForTheRun_AreStreamedAsLines()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        using HttpResponseMessage response = await pod.GetAsync(new Uri("bus/v1/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        foreach ((string topic, string run) in new[] { (Topics.FollowUp, "other"), (Topics.StreamChunk, "r"), (Topics.FollowUp, "r") })
        {
            await gateway.Bus.PublishAsync(
                new BusEvent { Topic = topic, Timestamp = DateTimeOffset.UnixEpoch, Metadata = new BusEventMetadata { AgentRunId = run, Namespace = "default" }, Data = new JsonObject { ["text"] = "more" } },
                default);
        }

        JsonNode line = JsonNode.Parse((await reader.ReadLineAsync().WaitAsync(GatewayHarness.Patience))!)!;
        Assert.Equal((Topics.FollowUp, "r", "more"), ((string?)line["topic"], (string?)line["metadata"]!["agentRunID"], (string?)line["data"]!["text"]));
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
    }

    private static Task<HttpResponseMessage> PublishAsync(HttpClient pod, params JsonNode[] events) =>
        pod.PostAsync("bus/v1/publish", JsonContent.Create(new JsonArray(events)));

    private static JsonObject Event(string topic, string run, string data) => new()
    {
        ["topic"] = topic,
        ["timestamp"] = "2026-01-01T00:00:00Z",
        ["metadata"] = new JsonObject { ["agentRunID"] = run, ["namespace"] = "default" },
        ["data"] = JsonNode.Parse(data),
    };

    private static async Task<List<string>> TopicsAsync(IBusSubscription subscription, int count)
    {
        using var limit = new CancellationTokenSource(GatewayHarness.Patience);
        var topics = new List<string>();
        await foreach (BusEvent busEvent in subscription.ReadAllAsync(limit.Token))
        {
            topics.Add(busEvent.Topic);
            if (topics.Count == count)
            {
                break;
            }
        }

        return topics;
    }
}
