using System.Text.Json.Nodes;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Tests.Pods;

namespace Sympozium.Runner.Tests.Bridge;

/// <summary>Real bridge processes between a shared volume and a test gateway.</summary>
public sealed class BridgeProcessTests : IAsyncLifetime, IDisposable
{
    private readonly TestPod _pod = new();
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(_pod.Socket);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    public void Dispose() => _pod.Dispose();

    [Fact]
    public async Task Bridge_WithAgent_PublishesEverythingInOrderAndExitsOnSigterm()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        using RunnerProcess agent = _pod.Start("agent");
        Assert.Equal(0, await agent.ExitAsync());
        await _gateway.WaitForEventAsync(events => events.Any(e => e.Topic == Topics.RunCompleted), bridge);
        await bridge.SignalAsync("TERM");
        Assert.Equal(0, await bridge.ExitAsync());

        BusEvent last = _gateway.Events[^1];
        Assert.Equal((Topics.RunCompleted, $"{TestPod.RunName}-result.json"), (last.Topic, last.Id));
        Assert.Equal("Hello world", (string)last.Data!["response"]!);
        Assert.Equal((TestPod.RunName, "default", "demo"), (last.Metadata.AgentRunId, last.Metadata.Namespace, last.Metadata.InstanceName));
        Assert.Equal("Hello world", string.Concat(Chunks().Select(chunk => (string)chunk["content"]!)));
        Assert.Equal(Enumerable.Range(0, Chunks().Count), Chunks().Select(chunk => (int)chunk["index"]!));
        Assert.Contains(_gateway.Events, e => e.Topic == Topics.StatusUpdate);
        Assert.True(Directory.GetFiles(_pod.Output, "stream-*.json").Length <= 1);
        Assert.True(File.Exists(Path.Combine(_pod.Output, "result.json")));
        Assert.DoesNotContain(TestPod.Token, bridge.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bridge_GatewayAway_KeepsEverythingAndItsOrder()
    {
        await _gateway.DisposeAsync();
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 3);
        await bridge.LogsAsync("Trying again");
        WriteStream(4, 6);
        _gateway = await TestGateway.StartAsync(_pod.Socket);
        await _gateway.WaitForEventAsync(events => events.Count == 6, bridge);
        WriteStream(7, 7);
        await _gateway.WaitForEventAsync(events => events.Count == 7, bridge);
        Assert.Equal(Enumerable.Range(1, 7).Select(StreamId), _gateway.Events.Select(e => e.Id));
    }

    [Fact]
    public async Task Bridge_GatewayRestartsInBetween_LosesNothing()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 2);
        await _gateway.WaitForEventAsync(events => events.Count == 2, bridge);

        // The bridge has the answer when it removes what is older than the newest; before, it would rightly send both again.
        await TestTimes.UntilAsync(() => !File.Exists(Path.Combine(_pod.Output, "stream-00000001.json")), () => bridge.Log);
        await _gateway.DisposeAsync();
        WriteStream(3, 4);
        _gateway = await TestGateway.StartAsync(_pod.Socket);
        await _gateway.WaitForEventAsync(events => events.Count == 2, bridge);
        Assert.Equal([StreamId(3), StreamId(4)], _gateway.Events.Select(e => e.Id));
    }

    [Fact]
    public async Task Bridge_BusyGateway_RepeatsTheBatch()
    {
        _gateway.PublishStatus = (number, _) => number < 3 ? 503 : 200;
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 1);
        await _gateway.WaitForEventAsync(events => events.Count == 1, bridge);
    }

    [Fact]
    public async Task Bridge_Killed_PublishesTheRestInANewProcessUnderTheSameIds()
    {
        _gateway.PublishStatus = (_, _) => 503;
        using (RunnerProcess bridge = _pod.Start("ipc-bridge"))
        {
            WriteStream(1, 2);
            _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "error", ["error"] = "no" });
            await bridge.LogsAsync("503");
            await bridge.SignalAsync("KILL");
            await bridge.ExitAsync();
        }

        // A new gateway, since the old one may be about to decide on what the killed bridge sent last.
        await _gateway.DisposeAsync();
        _gateway = await TestGateway.StartAsync(_pod.Socket);
        using RunnerProcess second = _pod.Start("ipc-bridge");
        await _gateway.WaitForEventAsync(events => events.Count == 3, second);
        Assert.Equal([StreamId(1), StreamId(2), $"{TestPod.RunName}-result.json"], _gateway.Events.Select(e => e.Id));
        Assert.Equal(Topics.RunFailed, _gateway.Events[^1].Topic);
    }

    [Fact]
    public async Task Bridge_ResultPublishedAndDone_ExitsByItself()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "success", ["response"] = "ok" });
        await _gateway.WaitForEventAsync(events => events.Count == 1, bridge);
        await File.WriteAllTextAsync(Path.Combine(_pod.Ipc, IpcPaths.DoneFile), "");
        Assert.Equal(0, await bridge.ExitAsync());
    }

    [Fact]
    public async Task Bridge_Sigterm_DrainsWhatLiesThere()
    {
        _gateway.PublishStatus = (number, _) => number == 1 ? 503 : 200;
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 20);
        await bridge.LogsAsync("503");
        await bridge.SignalAsync("TERM");
        Assert.Equal(0, await bridge.ExitAsync());
        Assert.Equal(Enumerable.Range(1, 20).Select(StreamId), _gateway.Events.Select(e => e.Id).Distinct());
    }

    [Fact]
    public async Task Bridge_MalformedFile_IsSetAsideAndTheRestGoesOn()
    {
        using RunnerProcess bridge = await StartWatchingAsync();
        _pod.Write(IpcPaths.Output, "stream-00000002.json", "[{\"type\":");
        WriteStream(3, 3);
        await _gateway.WaitForEventAsync(events => events.Count == 2, bridge);
        Assert.Equal(StreamId(3), _gateway.Events[1].Id);
        await TestTimes.UntilAsync(() => File.Exists(Path.Combine(_pod.Output, "stream-00000002.json.bad")), () => bridge.Log);
        await bridge.LogsAsync("stream-00000002.json");
    }

    [Fact]
    public async Task Bridge_WriterWithoutRename_IsReadWhenItCloses()
    {
        using RunnerProcess bridge = await StartWatchingAsync();
        string path = Path.Combine(_pod.Ipc, IpcPaths.Schedules, "schedule-1.json");
        await using (var writer = new StreamWriter(path))
        {
            await writer.WriteAsync("{\"name\":\"daily\",");
            await writer.FlushAsync();
            WriteStream(2, 2);
            await _gateway.WaitForEventAsync(events => events.Count == 2, bridge);
            await writer.WriteAsync("\"action\":\"create\"}");
        }

        await _gateway.WaitForEventAsync(events => events.Count == 3, bridge);
        Assert.Equal((Topics.ScheduleUpsert, "create"), (_gateway.Events[2].Topic, (string)_gateway.Events[2].Data!["action"]!));
    }

    [Fact]
    public async Task Bridge_OutboundMessages_GoOnlyToAllowedChannelsWithoutAnotherName()
    {
        _pod.Environment[PodEnvironment.AllowedOutboundChannels] = "slack, telegram";
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        _pod.Write(IpcPaths.Messages, "send-1.json", new JsonObject { ["channel"] = "discord", ["text"] = "no" });
        _pod.Write(IpcPaths.Messages, "send-2.json", new JsonObject { ["text"] = "nowhere" });
        _pod.Write(IpcPaths.Messages, "send-3.json", new JsonObject { ["channel"] = "Slack", ["text"] = "yes", ["username"] = "boss", ["iconUrl"] = "x", ["iconEmoji"] = "y" });
        await _gateway.WaitForEventAsync(events => events.Count == 1, bridge);
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["channel"] = "Slack", ["text"] = "yes" }, _gateway.Events[0].Data));
        await bridge.LogsAsync("discord");
    }

    [Fact]
    public async Task Bridge_EmptyChannelList_DropsAll()
    {
        _pod.Environment[PodEnvironment.AllowedOutboundChannels] = "";
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        _pod.Write(IpcPaths.Messages, "send-1.json", new JsonObject { ["channel"] = "slack", ["text"] = "no" });
        await bridge.LogsAsync("send-1.json");
        Assert.Empty(_gateway.Events);
    }

    [Fact]
    public async Task Bridge_RefusedEvent_DoesNotTakeTheOthersAlong()
    {
        _gateway.PublishStatus = (_, batch) => batch.Any(e => e.Id == StreamId(2)) ? 400 : 200;
        WriteStream(1, 3);
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        await _gateway.WaitForEventAsync(events => events.Count == 2, bridge);
        Assert.Equal([StreamId(1), StreamId(3)], _gateway.Events.Select(e => e.Id));
    }

    [Fact]
    public async Task Bridge_LinkAmongTheFiles_IsNotFollowed()
    {
        string secret = Path.Combine(_pod.Root, "secret.json");
        await File.WriteAllTextAsync(secret, "{\"channel\":\"slack\",\"text\":\"secret\"}");
        using RunnerProcess bridge = await StartWatchingAsync();
        string link = Path.Combine(_pod.Ipc, IpcPaths.Messages, ".link");
        File.CreateSymbolicLink(link, secret);
        File.Move(link, Path.Combine(_pod.Ipc, IpcPaths.Messages, "send-1.json"));
        await bridge.LogsAsync("cannot be read");
        Assert.Equal(StreamId(1), Assert.Single(_gateway.Events).Id);
    }

    [Fact]
    public async Task Bridge_InboundEvents_BecomeFilesUnderSafeNames()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        _pod.Write(IpcPaths.Spawn, "request-a1.json", new JsonObject { ["requestId"] = "a1", ["task"] = "help" });
        await _gateway.WaitForEventAsync(events => events.Any(e => e.Topic == Topics.SpawnRequest), bridge);
        _gateway.Send(Inbound(Topics.DelegateResult, "../../evil", null));
        _gateway.Send("not json");
        _gateway.Send(Inbound(Topics.RunPhase, "a1", null));
        _gateway.Send("");
        _gateway.Send(Inbound(Topics.FollowUp, null, "f1"));
        _gateway.Send(Inbound(Topics.DelegateResult, "a1", null));
        string result = Path.Combine(_pod.Ipc, IpcPaths.Spawn, "result-a1.json");
        await TestTimes.UntilAsync(() => File.Exists(result), () => bridge.Log);
        Assert.Equal("done", (string)JsonNode.Parse(await File.ReadAllTextAsync(result))!["response"]!);
        Assert.True(File.Exists(Path.Combine(_pod.Ipc, IpcPaths.Input, "followup-f1.json")));
        Assert.Empty(Directory.GetFiles(_pod.Root, "*evil*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("amqp://nowhere", PodEnvironment.EventBusUrl)]
    [InlineData("nats://nowhere", PodEnvironment.EventBusCredentials)]
    [InlineData("nats://nowhere", PodEnvironment.OpenAiApiKey)]
    public async Task Bridge_MissingEnvironment_NamesEveryProblem(string url, string named)
    {
        _pod.Environment[PodEnvironment.RunId] = "";
        _pod.Environment[PodEnvironment.EventBusUrl] = url;
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        Assert.Equal(2, await bridge.ExitAsync());
        Assert.Contains(PodEnvironment.RunId, bridge.Log, StringComparison.Ordinal);
        Assert.Contains(named, bridge.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(TestPod.Token, bridge.Log, StringComparison.Ordinal);
    }

    private static string Inbound(string topic, string? requestId, string? id)
    {
        var data = new JsonObject { ["response"] = "done" };
        if (requestId is not null)
        {
            data["requestId"] = requestId;
        }

        return new JsonObject { ["topic"] = topic, ["id"] = id, ["data"] = data }.ToJsonString();
    }

    /// <summary>A bridge that has looked at what was there and has published the first stream file; whatever comes now, it is told of by the kernel.</summary>
    private async Task<RunnerProcess> StartWatchingAsync()
    {
        RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 1);
        await _gateway.WaitForEventAsync(events => events.Count == 1, bridge);
        return bridge;
    }

    private static string StreamId(int number) => $"{TestPod.RunName}-stream-{number:D8}.json";

    private List<JsonNode> Chunks() =>
        [.. _gateway.Events.Where(e => e.Topic == Topics.StreamChunk).SelectMany(e => e.Data!.AsArray()).Select(chunk => chunk!)];

    private void WriteStream(int first, int last)
    {
        for (int i = first; i <= last; i++)
        {
            var chunk = new JsonObject { ["type"] = "text", ["index"] = i, ["content"] = $"piece {i}" };
            _pod.Write(IpcPaths.Output, $"stream-{i:D8}.json", new JsonArray(chunk));
        }
    }
}
