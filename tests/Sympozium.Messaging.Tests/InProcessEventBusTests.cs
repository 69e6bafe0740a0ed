using Sympozium.Abstractions.Events;
using Sympozium.Messaging.InProcess;

namespace Sympozium.Messaging.Tests;

public sealed class InProcessEventBusTests : EventBusContractTests
{
    protected override Task<IEventBus> CreateAsync(int subscriberCapacity) =>
        Task.FromResult<IEventBus>(new InProcessEventBus(new InProcessEventBusOptions { SubscriberCapacity = subscriberCapacity }, TimeProvider.System));

    [Fact]
    public async Task Publish_MoreIdsThanRemembered_ForgetsTheOldest()
    {
        var bus = new InProcessEventBus(new InProcessEventBusOptions { DedupeCapacity = 2 }, TimeProvider.System);
        await using IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);

        foreach ((string id, int number) in new[] { ("a", 1), ("b", 2), ("c", 3), ("a", 4), ("c", 5) })
        {
            await bus.PublishAsync(Make(Topics.StreamChunk, "r", number) with { Id = id }, default);
        }

        Assert.Equal([1, 2, 3, 4], await TakeAsync(subscription, 4));
    }
}
