using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

/// <summary>Servers that restart, die, and networks that drop and stall: nothing that was confirmed is lost, nothing is handled by nobody.</summary>
public sealed class NatsFaultTests : IAsyncLifetime
{
    private NatsServer _server = null!;

    public async Task InitializeAsync() => _server = await NatsServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerRestarts_WhilePublishing_EveryConfirmedEventReachesBothKindsOfReaders(bool kill)
    {
        await using NatsEventBus bus = Open(_server.Url);
        await using IBusSubscription live = await SubscribeAsync(bus);
        await using var readers = new Readers(bus, live);
        var confirmed = new List<int>();

        for (int i = 0; i < 300; i++)
        {
            if (i is 100 or 200)
            {
                await (kill ? _server.KillAsync() : _server.StopAsync());
                await _server.StartAgainAsync();
            }

            await PublishUntilConfirmedAsync(bus, i);
            confirmed.Add(i);
        }

        await readers.UntilAsync(confirmed);
    }

    [Fact]
    public async Task NetworkCutsAndStalls_WhilePublishing_EveryConfirmedEventArrives()
    {
        await using var proxy = new TcpFaultProxy(_server.Port);
        await using NatsEventBus bus = Open($"nats://{proxy.Address}");
        await using IBusSubscription live = await SubscribeAsync(bus);
        await using var readers = new Readers(bus, live);
        var confirmed = new List<int>();

        for (int i = 0; i < 200; i++)
        {
            switch (i % 50)
            {
                case 10:
                    proxy.Cut();
                    break;
                case 20:
                    proxy.Stall();
                    await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await bus.PublishAsync(Make(i), default));
                    proxy.Resume();
                    break;
                case 30:
                    proxy.Refuse();
                    await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await bus.PublishAsync(Make(i), default));
                    proxy.Allow();
                    break;
            }

            await PublishUntilConfirmedAsync(bus, i);
            confirmed.Add(i);
        }

        await readers.UntilAsync(confirmed);
    }

    [Fact]
    public async Task ServerInLameDuckMode_ClientsMoveToTheNext()
    {
        await using NatsServer second = await NatsServer.StartAsync();
        await using NatsEventBus bus = Open($"{_server.Url},{second.Url}");
        await PublishUntilConfirmedAsync(bus, 1);

        _server.EnterLameDuckMode();
        second.EnterLameDuckMode();
        await Task.WhenAll(_server.StopAsync(), second.StopAsync());
        await second.StartAgainAsync();

        await PublishUntilConfirmedAsync(bus, 2);

        // A connection that was silent for too long is made anew, also just now.
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (bus.Problem is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    [Fact]
    public async Task ServerLostItsDisk_SubscribersAreToldToStartAnew()
    {
        await using NatsServer empty = NatsServer.Reserve();
        await using var proxy = new TcpFaultProxy(_server.Port);
        await using NatsEventBus bus = Open($"nats://{proxy.Address}");
        await using IBusSubscription live = await SubscribeAsync(bus);
        for (int i = 0; i < 10; i++)
        {
            await PublishUntilConfirmedAsync(bus, i);
        }

        await ReadAsync(live, 10);
        await empty.StartAgainAsync();
        await MakeStreamsAsync(empty);
        proxy.Target = empty.Port;
        proxy.Cut();
        await PublishUntilConfirmedAsync(bus, 10);

        await Assert.ThrowsAsync<SympoziumOverloadedException>(() => ReadAsync(live, 1));
        await using IBusSubscription again = await SubscribeAsync(bus);
        await PublishUntilConfirmedAsync(bus, 11);
        Assert.Equal([11], await ReadAsync(again, 1));
    }

    [Fact]
    public async Task ServerLostItsDisk_DurableConsumersGoOnWithWhatComes()
    {
        await using NatsServer empty = NatsServer.Reserve();
        await using var proxy = new TcpFaultProxy(_server.Port);
        await using NatsEventBus bus = Open($"nats://{proxy.Address}");
        var handled = Channel.CreateUnbounded<int>();
        using var stop = new CancellationTokenSource();
        Task work = bus.ConsumeAsync(
            new DurableConsumer("survivor", new HashSet<string>()), (busEvent, token) => handled.Writer.WriteAsync((int)busEvent.Data!, token).AsTask(), stop.Token);
        await PublishUntilConfirmedAsync(bus, 1);
        Assert.Equal(1, await handled.Reader.ReadAsync().AsTask().WaitAsync(TestTimeouts.WithProcesses));
        await empty.StartAgainAsync();
        await MakeStreamsAsync(empty);

        proxy.Target = empty.Port;
        proxy.Cut();
        await PublishUntilConfirmedAsync(bus, 2);

        Assert.Equal(2, await handled.Reader.ReadAsync().AsTask().WaitAsync(TestTimeouts.WithProcesses));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    [Fact]
    public async Task SlowConsumer_HoldsNothingBackAndLosesNothing()
    {
        await using NatsEventBus bus = new(PatientNats.Bus(_server.Url), TimeProvider.System, NullLogger<NatsEventBus>.Instance);
        var gate = new TaskCompletionSource();
        var slowSeen = new HashSet<int>();
        var slowDone = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();

        // What was fetched and waits for its turn comes again after each ack wait, however long the others take.
        var patient = new DurableConsumer("slow", new HashSet<string>()) { Concurrency = 1, MaxDeliveries = 1000 };
        Task slow = bus.ConsumeAsync(patient, async (busEvent, token) =>
        {
            await gate.Task.WaitAsync(token);
            slowSeen.Add((int)busEvent.Data!);
            if (slowSeen.Count == 5000)
            {
                slowDone.TrySetResult();
            }
        }, stop.Token);
        int fast = 0;
        var fastDone = new TaskCompletionSource();
        Task quick = bus.ConsumeAsync(new DurableConsumer("fast", new HashSet<string>()), (_, _) =>
        {
            if (Interlocked.Increment(ref fast) == 5000)
            {
                fastDone.TrySetResult();
            }

            return Task.CompletedTask;
        }, stop.Token);

        await Parallel.ForEachAsync(Enumerable.Range(0, 5000), new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (i, token) => await bus.PublishAsync(Make(i), token));
        await fastDone.Task.WaitAsync(TestTimeouts.WithProcesses * 5);
        Assert.Empty(slowSeen);
        gate.SetResult();
        await slowDone.Task.WaitAsync(TestTimeouts.WithProcesses * 5);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(slow, quick));
    }

    private static NatsEventBus Open(string url) => new(
        new NatsBusOptions { Url = url, PublishTimeout = TimeSpan.FromSeconds(2), RetryMax = TimeSpan.FromMilliseconds(500), PingInterval = TimeSpan.FromSeconds(1) },
        TimeProvider.System,
        NullLogger<NatsEventBus>.Instance);

    private static BusEvent Make(int number) => new()
    {
        Topic = Topics.RunCompleted,
        Timestamp = DateTimeOffset.UnixEpoch,
        Id = number.ToString(CultureInfo.InvariantCulture),
        Metadata = new BusEventMetadata { AgentRunId = "a", Namespace = "default" },
        Data = number,
    };

    /// <summary>What every publisher of something that matters does: the same id until the bus has confirmed it.</summary>
    private static Task<bool> PublishUntilConfirmedAsync(NatsEventBus bus, int number) => UntilThereAsync(async token =>
    {
        await bus.PublishAsync(Make(number), token);
        return true;
    });

    private static Task<IBusSubscription> SubscribeAsync(NatsEventBus bus) =>
        UntilThereAsync(async token => await bus.SubscribeAsync(new BusFilter(new HashSet<string>()), token));

    /// <summary>Again and again while NATS does not answer within the time-out, which is short here.</summary>
    private static async Task<T> UntilThereAsync<T>(Func<CancellationToken, Task<T>> call)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            try
            {
                return await call(deadline.Token);
            }
            catch (SympoziumUnavailableException)
            {
                deadline.Token.ThrowIfCancellationRequested();
            }
        }
    }

    // By another process, so that whoever comes over finds streams, but not those it knew.
    private static async Task MakeStreamsAsync(NatsServer server)
    {
        await using NatsEventBus other = Open(server.Url);
        await using IBusSubscription _ = await SubscribeAsync(other);
    }

    private static async Task<List<int>> ReadAsync(IBusSubscription subscription, int count)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        var read = new List<int>();
        await foreach (BusEvent busEvent in subscription.ReadAllAsync(deadline.Token))
        {
            read.Add((int)busEvent.Data!);
            if (read.Count == count)
            {
                break;
            }
        }

        return read;
    }

    /// <summary>A live subscriber, which sees each event once and in order, and a durable consumer, which handles each at least once.</summary>
    private sealed class Readers : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly HashSet<int> _handled = [];
        private readonly IBusSubscription _live;
        private readonly Task _durable;

        public Readers(NatsEventBus bus, IBusSubscription live)
        {
            _live = live;
            _durable = bus.ConsumeAsync(new DurableConsumer("readers", new HashSet<string>()), (busEvent, _) =>
            {
                lock (_handled)
                {
                    _handled.Add((int)busEvent.Data!);
                }

                return Task.CompletedTask;
            }, _stop.Token);
        }

        public async Task UntilAsync(List<int> confirmed)
        {
            Assert.Equal(confirmed, await ReadAsync(_live, confirmed.Count));
            using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
            while (Missing(confirmed) is { Length: > 0 })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _durable);
            _stop.Dispose();
        }

        private int[] Missing(List<int> confirmed)
        {
            lock (_handled)
            {
                return [.. confirmed.Where(number => !_handled.Contains(number))];
            }
        }
    }
}
