using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

public sealed class NatsDurableEventsTests : DurableEventsContractTests, IAsyncLifetime, IAsyncDisposable
{
    private NatsServer _server = null!;
    private NatsEventBus _bus = null!;

    public async Task InitializeAsync()
    {
        _server = await NatsServer.StartAsync();
        _bus = new NatsEventBus(PatientNats.Bus(_server.Url), TimeProvider.System, NullLogger<NatsEventBus>.Instance);
    }

    public async Task DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _server.DisposeAsync();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    protected override Task<(IEventBus Bus, IDurableEvents Durable)> OpenAsync() => Task.FromResult<(IEventBus, IDurableEvents)>((_bus, _bus));

    [Fact]
    public async Task Consume_NotAnEvent_IsParkedWithTheReasonAndCannotBeRetried()
    {
        await _bus.WarmUpAsync(default);
        await using var connection = new NatsConnection(PatientNats.Client(_server.Url));
        await new NatsJSContext(connection).PublishAsync(
            "sympozium.agent.run.completed.default.a", Encoding.UTF8.GetBytes("{\"topic\":"), NatsRawSerializer<byte[]>.Default);
        await using var worker = new Worker(_bus, Consumer("garbage"), _ => { });
        await _bus.PublishAsync(Make(1), default);
        await worker.UntilAsync(seen => seen.Contains(1));

        ParkedEvent parked = Assert.Single(await ParkedAsync(_bus, 1));

        Assert.StartsWith("The envelope is not a bus event:", parked.Reason, StringComparison.Ordinal);
        Assert.Equal("sympozium.agent.run.completed.default.a", parked.Subject);
        Assert.Null(parked.Event);
        SympoziumInvalidException refused = await Assert.ThrowsAsync<SympoziumInvalidException>(() => _bus.RetryParkedAsync(parked.Id, default));
        Assert.StartsWith($"The parked event '{parked.Id}' cannot be published again: The envelope", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Consume_EnvelopeOfAnotherRun_IsNotBelieved()
    {
        await _bus.WarmUpAsync(default);
        await using var connection = new NatsConnection(PatientNats.Client(_server.Url));
        string victim = """{"topic":"agent.run.completed","timestamp":"2026-01-01T00:00:00Z","metadata":{"agentRunID":"victim","namespace":"default"},"data":1}""";
        await new NatsJSContext(connection).PublishAsync(
            "sympozium.agent.run.completed.default.thief", Encoding.UTF8.GetBytes(victim), NatsRawSerializer<byte[]>.Default);
        await using var worker = new Worker(_bus, Consumer("spoofed"), _ => { });

        ParkedEvent parked = Assert.Single(await ParkedAsync(_bus, 1));

        Assert.Equal(
            "The envelope is about topic 'agent.run.completed' and run 'default/victim', but was published as 'sympozium.agent.run.completed.default.thief'.",
            parked.Reason);
        Assert.Empty(worker.Seen);
    }

    [Fact]
    public async Task Consume_EventOfATrace_ContinuesIt()
    {
        using var source = new ActivitySource("test");
        using var listener = new ActivityListener
        {
            ShouldListenTo = listened => listened.Name is "test" or MessagingTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        var seen = new TaskCompletionSource<(ActivityTraceId Trace, ActivitySpanId Parent)>();
        using var stop = new CancellationTokenSource();
        Task consuming = _bus.ConsumeAsync(Consumer("traced"), (_, _) =>
        {
            seen.TrySetResult((Activity.Current!.TraceId, Activity.Current.ParentSpanId));
            return Task.CompletedTask;
        }, stop.Token);

        using (Activity sent = source.StartActivity("publish")!)
        {
            await _bus.PublishAsync(Make(1), default);
            Assert.Equal((sent.TraceId, sent.SpanId), await seen.Task.WaitAsync(TestTimeouts.InProcess));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
    }

    [Fact]
    public async Task Consume_OnAConnectionThatItMakes_ReadsEachEventOnce()
    {
        await _bus.PublishAsync(Make(1), default);
        for (int i = 0; i < 10; i++)
        {
            // What is sent to a reader that begins anew waits for the acknowledgement to time out: far longer than this test.
            string name = $"cold-{i.ToString(CultureInfo.InvariantCulture)}";
            await using var cold = new NatsEventBus(PatientNats.Bus(_server.Url), TimeProvider.System, NullLogger<NatsEventBus>.Instance);
            await using var worker = new Worker(cold, Consumer(name) with { AckWait = TimeSpan.FromMinutes(10) }, _ => { });
            await worker.UntilAsync(seen => seen.Count == 1);
        }
    }

    [Fact]
    public async Task Consume_WithoutRoomForMore_LeavesThemAtTheServer()
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        var release = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        DurableConsumer consumer = Consumer("full") with { Concurrency = 2 };
        int calls = 0;
        Task Handle(BusEvent busEvent, CancellationToken token)
        {
            if (Interlocked.Increment(ref calls) == 2)
            {
                begun.SetResult();
            }

            return release.Task;
        }

        for (int i = 0; i < 6; i++)
        {
            await _bus.PublishAsync(Make(i), default);
        }

        Task consuming = _bus.ConsumeAsync(consumer, Handle, stop.Token);
        await begun.Task.WaitAsync(deadline.Token);
        await using var connection = new NatsConnection(NatsOpts.Default with { Url = _server.Url });
        ConsumerInfo info = (await new NatsJSContext(connection).GetConsumerAsync("sympozium", "full", deadline.Token)).Info;
        Assert.Equal((4ul, 2), (info.NumPending, info.NumAckPending));
        release.SetResult();
        while (Volatile.Read(ref calls) < 6)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
        Assert.Equal(6, calls);
    }

    [Fact]
    public async Task Consume_HandlerLongerThanTheAckWait_KeepsTheEvent()
    {
        FakeTime time = new();
        await using var bus = new NatsEventBus(PatientNats.Bus(_server.Url), time, NullLogger<NatsEventBus>.Instance);
        await bus.WarmUpAsync(default);
        await using var connection = new NatsConnection(PatientNats.Client(_server.Url));
        await using INatsSub<string> answers = await connection.SubscribeCoreAsync<string>("$JS.ACK.sympozium.long.>");
        await connection.PingAsync();
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        DurableConsumer consumer = Consumer("long");
        TimeSpan beat = consumer.AckWait / 3;
        var release = new TaskCompletionSource();
        int calls = 0;
        using var stop = new CancellationTokenSource();
        Task Handle(BusEvent busEvent, CancellationToken token)
        {
            Interlocked.Increment(ref calls);
            return release.Task;
        }

        Task first = bus.ConsumeAsync(consumer, Handle, stop.Token);
        Task second = bus.ConsumeAsync(consumer, Handle, stop.Token);
        await _bus.PublishAsync(Make(1), default);

        // The clock of the consumer goes on by twice the ack wait; at every third of it the server is asked for more time.
        for (int i = 0; i < 6; i++)
        {
            await time.WaitForTimerAsync(beat);
            time.Advance(beat);
            Assert.Equal("+WPI", (await answers.Msgs.ReadAsync(deadline.Token)).Data);
        }

        release.SetResult();
        Assert.Equal("+ACK", (await answers.Msgs.ReadAsync(deadline.Token)).Data);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(first, second));
        Assert.Equal(1, calls);
        Assert.False(time.NextTimer <= beat);
    }
}
