using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.InProcess;

namespace Sympozium.Messaging.Tests;

public sealed class InProcessDurableEventsTests : DurableEventsContractTests
{
    private readonly InProcessEventBus _bus = new(new InProcessEventBusOptions { DurableCapacity = 300, ParkedCapacity = 2 }, TimeProvider.System);

    protected override Task<(IEventBus Bus, IDurableEvents Durable)> OpenAsync() => Task.FromResult<(IEventBus, IDurableEvents)>((_bus, _bus));

    [Fact]
    public async Task Publish_ConsumerHasTooMuch_IsRefusedAndMayBeRepeated()
    {
        await using (new Worker(_bus, Consumer("full"), _ => { }))
        {
        }

        for (int i = 0; i < 300; i++)
        {
            await _bus.PublishAsync(Make(i), default);
        }

        SympoziumOverloadedException refused = await Assert.ThrowsAsync<SympoziumOverloadedException>(
            async () => await _bus.PublishAsync(Make(300) with { Id = "last" }, default));
        Assert.Equal("The durable consumer 'full' has 300 events to handle, its limit; publish again later.", refused.Message);

        await using var worker = new Worker(_bus, Consumer("full"), _ => { });
        await worker.UntilAsync(seen => seen.Count == 300);
        await _bus.PublishAsync(Make(300) with { Id = "last" }, default);
        await worker.UntilAsync(seen => seen.Contains(300));
    }

    [Fact]
    public async Task ListParked_MoreThanKept_ForgetsTheOldest()
    {
        await using var worker = new Worker(
            _bus, Consumer("many") with { MaxDeliveries = 1, Concurrency = 1 }, number => throw new InvalidOperationException($"no {number}"));
        for (int i = 0; i < 3; i++)
        {
            await _bus.PublishAsync(Make(i), default);
        }

        while (!(await ParkedAsync(_bus, 2)).Any(parked => parked.Reason == "no 2"))
        {
            await Task.Yield();
        }

        Assert.Equal(["no 1", "no 2"], (await ParkedAsync(_bus, 2)).Select(parked => parked.Reason));
    }
}
