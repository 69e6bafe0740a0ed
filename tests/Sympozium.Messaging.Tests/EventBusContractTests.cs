using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests;

/// <summary>What every implementation of <see cref="IEventBus"/> does.</summary>
public abstract class EventBusContractTests
{
    private static readonly HashSet<string> AllTopics = [];

    /// <summary>Longest wait for something that must happen.</summary>
    protected static readonly TimeSpan Patience = TestTimeouts.WithProcesses;

    /// <summary>Makes a bus whose subscribers may fall behind by <paramref name="subscriberCapacity"/> events.</summary>
    protected abstract Task<IEventBus> CreateAsync(int subscriberCapacity);

    [Fact]
    public async Task Publish_AfterSubscribe_ReachesEverySubscriberInOrder()
    {
        IEventBus bus = await CreateAsync(100);
        await using IBusSubscription first = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        await using IBusSubscription second = await bus.SubscribeAsync(new BusFilter(AllTopics), default);

        for (int i = 0; i < 50; i++)
        {
            await bus.PublishAsync(Make(Topics.StreamChunk, "a", i), default);
        }

        Assert.Equal(Enumerable.Range(0, 50), await TakeAsync(first, 50));
        Assert.Equal(Enumerable.Range(0, 50), await TakeAsync(second, 50));
    }

    [Fact]
    public async Task Subscribe_WithTopicsAndRun_SeesOnlyThose()
    {
        IEventBus bus = await CreateAsync(100);
        var filter = new BusFilter(new HashSet<string> { Topics.RunCompleted }, new ResourceKey("default", "b"));
        await using IBusSubscription subscription = await bus.SubscribeAsync(filter, default);

        await bus.PublishAsync(Make(Topics.RunCompleted, "a", 1), default);
        await bus.PublishAsync(Make(Topics.StreamChunk, "b", 2), default);
        await bus.PublishAsync(Make(Topics.RunCompleted, "b", 3), default);

        Assert.Equal([3], await TakeAsync(subscription, 1));
    }

    [Fact]
    public async Task Publish_SameIdTwice_IsSeenOnce()
    {
        IEventBus bus = await CreateAsync(100);
        await using IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(AllTopics), default);

        await bus.PublishAsync(Make(Topics.RunCompleted, "a", 1) with { Id = "x" }, default);
        await bus.PublishAsync(Make(Topics.RunCompleted, "a", 2) with { Id = "x" }, default);
        await bus.PublishAsync(Make(Topics.RunCompleted, "a", 3) with { Id = "y" }, default);

        Assert.Equal([1, 3], await TakeAsync(subscription, 2));
    }

    [Fact]
    public async Task Read_SubscriberFellBehind_ThrowsOverloadedAfterWhatItHad()
    {
        IEventBus bus = await CreateAsync(4);
        await using IBusSubscription slow = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        await using IBusSubscription witness = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        for (int i = 0; i < 5; i++)
        {
            // What a later subscriber has seen, the earlier one was offered.
            await bus.PublishAsync(Make(Topics.StreamChunk, "a", i), default);
            Assert.Equal([i], await TakeAsync(witness, 1));
        }

        await Assert.ThrowsAsync<SympoziumOverloadedException>(() => TakeAsync(slow, 6));
        await using IBusSubscription again = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        await bus.PublishAsync(Make(Topics.StreamChunk, "a", 9), default);
        Assert.Equal([9], await TakeAsync(again, 1));
    }

    [Fact]
    public async Task Read_SubscriptionDisposed_Ends()
    {
        IEventBus bus = await CreateAsync(100);
        IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        Task<List<int>> reading = TakeAsync(subscription, 1);

        await subscription.DisposeAsync();

        Assert.Empty(await reading.WaitAsync(Patience));
        await bus.PublishAsync(Make(Topics.StreamChunk, "a", 1), default);
    }

    [Fact]
    public async Task Read_Cancelled_Throws()
    {
        IEventBus bus = await CreateAsync(100);
        await using IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(AllTopics), default);
        using var cancel = new CancellationTokenSource();
        Task<List<int>> reading = TakeAsync(subscription, 1, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
    }

    [Fact]
    public async Task Publish_FromManyThreads_LosesNothing()
    {
        IEventBus bus = await CreateAsync(10_000);
        await using IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(AllTopics), default);

        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), async (i, token) => await bus.PublishAsync(Make(Topics.StreamChunk, "a", i), token));

        Assert.Equal(Enumerable.Range(0, 2000), (await TakeAsync(subscription, 2000)).Order());
    }

    /// <summary>An event with a number as data.</summary>
    protected static BusEvent Make(string topic, string run, int number) => new()
    {
        Topic = topic,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { AgentRunId = run, Namespace = "default" },
        Data = JsonValue.Create(number),
    };

    /// <summary>Reads so many events, or fewer when the subscription ends.</summary>
    protected static async Task<List<int>> TakeAsync(IBusSubscription subscription, int count, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var taken = new List<int>();
        await foreach (BusEvent busEvent in subscription.ReadAllAsync(limit.Token))
        {
            taken.Add((int)busEvent.Data!);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
