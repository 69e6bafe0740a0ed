using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
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
        _bus = new NatsEventBus(new NatsBusOptions { Url = _server.Url }, TimeProvider.System, NullLogger<NatsEventBus>.Instance);
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
        await using var connection = new NatsConnection(NatsOpts.Default with { Url = _server.Url });
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
        await using var connection = new NatsConnection(NatsOpts.Default with { Url = _server.Url });
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
    public async Task Consume_HandlerLongerThanTheAckWait_KeepsTheEvent()
    {
        DurableConsumer consumer = Consumer("long") with { AckWait = TimeSpan.FromMilliseconds(600) };
        var release = new TaskCompletionSource();
        int calls = 0;
        using var stop = new CancellationTokenSource();
        Task Handle(BusEvent busEvent, CancellationToken token)
        {
            Interlocked.Increment(ref calls);
            return (int)busEvent.Data! == 1 ? release.Task : Task.CompletedTask;
        }

        Task first = _bus.ConsumeAsync(consumer, Handle, stop.Token);
        Task second = _bus.ConsumeAsync(consumer, Handle, stop.Token);
        await _bus.PublishAsync(Make(1), default);

        // Time on the server's clock passes: a message that is redelivered after the ack wait would be a third call.
        await using var connection = new NatsConnection(NatsOpts.Default with { Url = _server.Url });
        var context = new NatsJSContext(connection);
        DateTimeOffset until = TimeProvider.System.GetUtcNow() + (consumer.AckWait * 3);
        while (TimeProvider.System.GetUtcNow() < until)
        {
            Assert.True((await context.GetConsumerAsync("sympozium", "long")).Info.NumRedelivered == 0);
        }

        release.SetResult();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(first, second));
        Assert.Equal(1, calls);
    }
}
