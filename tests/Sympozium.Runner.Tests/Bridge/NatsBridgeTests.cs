using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Messaging.Nats;
using Sympozium.Messaging.Nats.Credentials;
using Sympozium.Runner.Tests.Pods;
using Sympozium.Testing;

namespace Sympozium.Runner.Tests.Bridge;

/// <summary>Real bridge processes that publish on a real NATS server with credentials for their own run.</summary>
public sealed class NatsBridgeTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Uid = "5d0e-1";

    private static readonly ResourceKey Run = new("default", TestPod.RunName);

    private readonly TestPod _pod = new();
    private readonly NatsAccount _account = new();
    private readonly ConcurrentQueue<BusEvent> _events = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NatsServer _server = null!;
    private NatsEventBus _bus = null!;
    private Task _reading = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await NatsServer.StartAsync(_account.Configuration + "\nmax_payload: 65536\n");
        string control = Path.Combine(_pod.Root, "control.creds");
        await File.WriteAllTextAsync(control, _account.Credentials());
        _bus = new NatsEventBus(new NatsBusOptions { Url = _server.Url, CredentialsFile = control, PublishTimeout = TestTimes.Limit }, TimeProvider.System, NullLogger<NatsEventBus>.Instance);
        IBusSubscription subscription = await _bus.SubscribeAsync(new BusFilter(new HashSet<string>(), Run), default);
        _reading = ReadAsync(subscription);

        using var issuer = new RunCredentialsIssuer(_account.Seed, null, TimeProvider.System);
        string credentials = Path.Combine(_pod.Root, PodEnvironment.BusCredentialsFile);
        await File.WriteAllTextAsync(credentials, issuer.Issue(Run, Uid, TimeSpan.FromHours(1)));
        string token = new RunToken(Run, Uid, "demo", DateTimeOffset.MaxValue.AddYears(-1)).Sign(new byte[RunToken.KeySize]);
        _pod.Environment[PodEnvironment.OpenAiApiKey] = token;
        _pod.Environment[PodEnvironment.EventBusUrl] = _server.Url;
        _pod.Environment[PodEnvironment.EventBusCredentials] = credentials;
        _pod.Environment.Remove(PodEnvironment.GatewaySocket);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        await _bus.DisposeAsync();
        await _server.DisposeAsync();
        _account.Dispose();
        _pod.Dispose();
        _stop.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Fact]
    public async Task Bridge_PublishesWhatThePodWrites_AndTheResultIsFoundByItsUid()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 3);
        WriteResult("Hello.");
        await EndedAsync(bridge);
        await bridge.SignalAsync("TERM");

        Assert.Equal(0, await bridge.ExitAsync());
        Assert.Equal([$"{Uid}-stream-00000001.json", $"{Uid}-stream-00000002.json", $"{Uid}-stream-00000003.json", $"{Uid}-result.json"], _events.Select(e => e.Id));
        Assert.All(_events, e => Assert.Equal(Uid, e.Metadata.AgentRunUid));
        BusEvent? found = await _bus.FindResultAsync(Run, Uid, default);
        Assert.Equal("Hello.", (string?)found!.Data!["response"]);
        Assert.Null(await _bus.FindResultAsync(Run, "another", default));
        Assert.DoesNotContain("eyJ", bridge.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bridge_WhileNatsIsAway_KeepsEverythingInOrder()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 2);
        await TestTimes.UntilAsync(() => _events.Count == 2, () => bridge.Log);
        await _server.KillAsync();
        WriteStream(3, 4);
        await bridge.LogsAsync("Trying again");
        WriteStream(5, 5);
        WriteResult("Back.");
        await _server.StartAgainAsync();
        await EndedAsync(bridge);

        Assert.Equal(
            [.. Enumerable.Range(1, 5).Select(number => $"{Uid}-stream-{number:D8}.json"), $"{Uid}-result.json"],
            _events.Select(e => e.Id));
    }

    [Fact]
    public async Task Event_LargerThanNatsTakes_GoesThroughTheGateway()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(_pod.Socket);
        gateway.Token = _pod.Environment[PodEnvironment.OpenAiApiKey];
        _pod.Environment[PodEnvironment.GatewayUrl] = $"unix://{_pod.Socket}";
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        WriteStream(1, 1);
        WriteResult(new string('x', 100_000));
        await gateway.WaitForEventAsync(events => events.Any(e => e.Topic == Topics.RunCompleted), bridge);
        await TestTimes.UntilAsync(() => _events.Count == 1, () => bridge.Log);

        Assert.Equal(100_000, ((string)gateway.Events[^1].Data!["response"]!).Length);
        Assert.Equal(Topics.StreamChunk, Assert.Single(_events).Topic);
    }

    [Fact]
    public async Task FollowUp_ThroughNats_IsWrittenForTheAgent()
    {
        using RunnerProcess bridge = _pod.Start("ipc-bridge");
        string file = Path.Combine(_pod.Ipc, IpcPaths.Input, "followup-one.json");

        // A live message is not repeated, so it is sent until the bridge listens.
        await TestTimes.UntilAsync(
            () =>
            {
                _ = FollowUpAsync();
                return File.Exists(file);
            },
            () => bridge.Log);

        Assert.Equal("more", (string?)JsonNode.Parse(await File.ReadAllTextAsync(file))!["text"]);
    }

    private Task FollowUpAsync() => _bus.PublishAsync(
        new BusEvent
        {
            Topic = Topics.FollowUp,
            Timestamp = TimeProvider.System.GetUtcNow(),
            Metadata = new BusEventMetadata { AgentRunId = Run.Name, Namespace = Run.Namespace },
            Data = JsonNode.Parse("""{"requestId": "one", "text": "more"}"""),
        },
        default).AsTask();

    private async Task ReadAsync(IBusSubscription subscription)
    {
        await using (subscription)
        {
            try
            {
                await foreach (BusEvent busEvent in subscription.ReadAllAsync(_stop.Token))
                {
                    _events.Enqueue(busEvent);
                    if (busEvent.Topic == Topics.RunCompleted)
                    {
                        _ended.TrySetResult();
                    }
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task EndedAsync(RunnerProcess bridge)
    {
        try
        {
            await _ended.Task.WaitAsync(TestTimes.Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"No result came. The bridge:\n{bridge.Log}\nThe server:\n{_server.Log}", e);
        }
    }

    private void WriteStream(int first, int last)
    {
        for (int number = first; number <= last; number++)
        {
            _pod.Write(IpcPaths.Output, $"stream-{number:D8}.json", $$"""[{"type":"text","content":"{{number}}","index":{{number}}}]""");
        }
    }

    private void WriteResult(string response) => _pod.Write(IpcPaths.Output, "result.json", new JsonObject { ["status"] = "success", ["response"] = response });
}
