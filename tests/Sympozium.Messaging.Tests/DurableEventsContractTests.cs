using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Events;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests;

/// <summary>What every implementation of <see cref="IDurableEvents"/> does.</summary>
public abstract class DurableEventsContractTests
{
    private static readonly HashSet<string> Completed = [Topics.RunCompleted];

    /// <summary>The bus under test; the same one at each call within a test.</summary>
    protected abstract Task<(IEventBus Bus, IDurableEvents Durable)> OpenAsync();

    [Fact]
    public async Task Consume_Handled_ComesOnce()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        await using var worker = new Worker(durable, Consumer("once"), _ => { });

        await bus.PublishAsync(Make(1), default);
        await bus.PublishAsync(Make(2), default);

        await worker.UntilAsync(seen => seen.Contains(2) && seen.Contains(1));
        Assert.Equal([1, 2], worker.Seen.Order());
    }

    [Fact]
    public async Task Consume_OtherTopics_AreNotHandled()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        var two = new DurableConsumer("topics", new HashSet<string> { Topics.RunCompleted, Topics.RunFailed });
        await using var worker = new Worker(durable, two, _ => { });

        await bus.PublishAsync(Make(1) with { Topic = Topics.StreamChunk }, default);
        await bus.PublishAsync(Make(2) with { Topic = Topics.RunFailed }, default);
        await bus.PublishAsync(Make(3), default);

        await worker.UntilAsync(seen => seen.Count == 2);
        Assert.Equal([2, 3], worker.Seen.Order());
    }

    [Fact]
    public async Task Consume_HandlerThrows_ComesAgainUntilItSucceeds()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        int attempts = 0;
        await using var worker = new Worker(durable, Consumer("again"), _ =>
        {
            if (Interlocked.Increment(ref attempts) < 3)
            {
                throw new InvalidOperationException("not yet");
            }
        });

        await bus.PublishAsync(Make(7), default);

        await worker.UntilAsync(seen => seen.Contains(7));
        Assert.Equal(3, attempts);
        Assert.Empty(await durable.ListParkedAsync(10, default));
    }

    [Fact]
    public async Task Consume_HandlerAlwaysThrows_ParksAndGoesOn()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        await using var worker = new Worker(durable, Consumer("poison") with { MaxDeliveries = 3 }, number =>
        {
            if (number == 13)
            {
                throw new InvalidOperationException("thirteen is\ntoo much");
            }
        });

        await bus.PublishAsync(Make(13), default);
        await bus.PublishAsync(Make(14), default);

        await worker.UntilAsync(seen => seen.Contains(14));
        ParkedEvent parked = Assert.Single(await ParkedAsync(durable, 1));
        Assert.Equal("poison", parked.Consumer);
        Assert.Equal(3, parked.Deliveries);
        Assert.StartsWith("thirteen is", parked.Reason, StringComparison.Ordinal);
        Assert.Equal(13, (int)parked.Event!.Data!);
    }

    [Fact]
    public async Task RetryParked_Known_IsHandledAndForgotten()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        bool broken = true;
        await using var worker = new Worker(durable, Consumer("retry") with { MaxDeliveries = 1 }, _ =>
        {
            if (Volatile.Read(ref broken))
            {
                throw new InvalidOperationException("the database is away");
            }
        });
        await bus.PublishAsync(Make(5) with { Id = "five" }, default);
        ParkedEvent parked = Assert.Single(await ParkedAsync(durable, 1));

        Volatile.Write(ref broken, false);
        Assert.True(await durable.RetryParkedAsync(parked.Id, default));

        await worker.UntilAsync(seen => seen.Contains(5));
        Assert.Empty(await ParkedAsync(durable, 0));
        Assert.False(await durable.RetryParkedAsync(parked.Id, default));
    }

    [Fact]
    public async Task RetryParked_UnknownId_SaysSo()
    {
        (_, IDurableEvents durable) = await OpenAsync();

        Assert.False(await durable.RetryParkedAsync("4711", default));
        Assert.False(await durable.RetryParkedAsync("nonsense", default));
    }

    [Fact]
    public async Task Consume_NobodyWasThere_GetsWhatWasMissed()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        await using (var first = new Worker(durable, Consumer("missed"), _ => { }))
        {
            await bus.PublishAsync(Make(1), default);
            await first.UntilAsync(seen => seen.Contains(1));
        }

        await bus.PublishAsync(Make(2), default);
        await bus.PublishAsync(Make(3), default);
        await using var second = new Worker(durable, Consumer("missed"), _ => { });

        await second.UntilAsync(seen => seen.Count == 2);
        Assert.Equal([2, 3], second.Seen.Order());
    }

    [Fact]
    public async Task Consume_StoppedInTheMiddle_ComesAgain()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        var entered = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();

        // The wait is short, since the second worker sits it out; a process that gets no time for longer must not have the event parked.
        DurableConsumer consumer = Consumer("stopped") with { AckWait = TimeSpan.FromSeconds(1), MaxDeliveries = 1000 };
        Task first = durable.ConsumeAsync(consumer, async (_, token) =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        }, stop.Token);
        await bus.PublishAsync(Make(9), default);
        await entered.Task.WaitAsync(TestTimeouts.InProcess);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        await using var second = new Worker(durable, consumer, _ => { });

        await second.UntilAsync(seen => seen.Contains(9));
    }

    [Fact]
    public async Task Consume_TwoWithOneName_ShareTheWork()
    {
        (IEventBus bus, IDurableEvents durable) = await OpenAsync();
        await using var first = new Worker(durable, Consumer("shared"), _ => { });
        await using var second = new Worker(durable, Consumer("shared"), _ => { });

        for (int i = 0; i < 200; i++)
        {
            await bus.PublishAsync(Make(i), default);
        }

        await Worker.UntilAsync(() => first.Seen.Count + second.Seen.Count >= 200, [first, second]);
        Assert.Equal(Enumerable.Range(0, 200), first.Seen.Concat(second.Seen).Order());
    }

    /// <summary>A consumer that repeats at once.</summary>
    protected static DurableConsumer Consumer(string name) => new(name, Completed) { Backoff = [TimeSpan.FromMilliseconds(1)] };

    /// <summary>An event with a number as data.</summary>
    protected static BusEvent Make(int number) => new()
    {
        Topic = Topics.RunCompleted,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { AgentRunId = "a.b", Namespace = "default" },
        Data = JsonValue.Create(number),
    };

    /// <summary>What is parked, once there are so many.</summary>
    protected static async Task<IReadOnlyList<ParkedEvent>> ParkedAsync(IDurableEvents durable, int count)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            IReadOnlyList<ParkedEvent> parked = await durable.ListParkedAsync(100, deadline.Token);
            if (parked.Count == count)
            {
                return parked;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>A running consumer and what it has handled.</summary>
    protected sealed class Worker : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<int> _seen = new();
        private readonly Task _running;
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Worker(IDurableEvents durable, DurableConsumer consumer, Action<int> handle)
        {
            _running = durable.ConsumeAsync(consumer, (busEvent, _) =>
            {
                int number = (int)busEvent.Data!;
                handle(number);
                _seen.Enqueue(number);
                Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                return Task.CompletedTask;
            }, _stop.Token);
        }

        public IReadOnlyCollection<int> Seen => _seen;

        public Task UntilAsync(Func<IReadOnlyCollection<int>, bool> condition) => UntilAsync(() => condition(Seen), [this]);

        public static async Task UntilAsync(Func<bool> condition, Worker[] workers)
        {
            using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
            while (true)
            {
                // Armed before the look, so that no change falls in between.
                Task[] changes = [.. workers.Select(worker => Volatile.Read(ref worker._changed).Task), .. workers.Select(worker => worker._running)];
                if (condition())
                {
                    return;
                }

                await await Task.WhenAny(changes).WaitAsync(deadline.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
            _stop.Dispose();
        }
    }
}
