using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

/// <summary>The contract of the bus against a real server, one server per test.</summary>
public sealed class NatsEventBusTests : EventBusContractTests, IAsyncLifetime
{
    private readonly List<NatsEventBus> _buses = [];
    private NatsServer _server = null!;

    public async Task InitializeAsync() => _server = await NatsServer.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (NatsEventBus bus in _buses)
        {
            await bus.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    protected override Task<IEventBus> CreateAsync(int subscriberCapacity) =>
        Task.FromResult<IEventBus>(Open(new NatsBusOptions { Url = _server.Url, SubscriberCapacity = subscriberCapacity, PublishTimeout = TestTimeouts.WithProcesses }));

    [Fact]
    public async Task Publish_FromAnotherProcess_ReachesTheSubscriber()
    {
        IEventBus here = await CreateAsync(100);
        IEventBus there = await CreateAsync(100);
        await using IBusSubscription subscription = await here.SubscribeAsync(new BusFilter(new HashSet<string>()), default);

        await there.PublishAsync(Make(Topics.RunPhase, "with.dots", 4), default);

        Assert.Equal([4], await TakeAsync(subscription, 1));
    }

    [Fact]
    public async Task Subscribe_AfterEvents_SeesOnlyLaterOnes()
    {
        IEventBus bus = await CreateAsync(100);
        await bus.PublishAsync(Make(Topics.RunPhase, "a", 1), default);
        await using IBusSubscription first = await bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);
        await bus.PublishAsync(Make(Topics.RunPhase, "a", 2), default);
        await using IBusSubscription second = await bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);
        await bus.PublishAsync(Make(Topics.RunPhase, "a", 3), default);

        Assert.Equal([2, 3], await TakeAsync(first, 2));
        Assert.Equal([3], await TakeAsync(second, 1));
    }

    [Fact]
    public async Task Publish_NameThatNoSubjectCanHold_IsRefused()
    {
        IEventBus bus = await CreateAsync(100);

        SympoziumInvalidException refused = await Assert.ThrowsAsync<SympoziumInvalidException>(
            async () => await bus.PublishAsync(Make(Topics.RunPhase, "a>b", 1), default));

        Assert.Equal("'a>b' cannot be part of a NATS subject; expected letters, digits, dashes and dots.", refused.Message);
    }

    [Fact]
    public async Task Publish_NoServer_SaysWhereAndWhy()
    {
        await using NatsServer absent = NatsServer.Reserve();
        NatsEventBus bus = Open(new NatsBusOptions { Url = $"nats://user:secret@127.0.0.1:{absent.Port}", PublishTimeout = TimeSpan.FromMilliseconds(200) });

        string problem = $"NATS at {absent.Url} cannot be reached: Connection refused";
        SympoziumUnavailableException down;
        do
        {
            down = await Assert.ThrowsAsync<SympoziumUnavailableException>(async () => await bus.PublishAsync(Make(Topics.RunPhase, "a", 1), default).AsTask().WaitAsync(TestTimeouts.InProcess));
        }
        while (bus.Problem != problem);

        Assert.StartsWith($"Publishing 'agent.run.phase' of run 'default/a': NATS at {absent.Url}: there is no connection", down.Message, StringComparison.Ordinal);
        Assert.EndsWith(" (waited 0.2 s at most). It is tried again when the caller does.", down.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", down.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_ServerCameLater_Works()
    {
        await using NatsServer late = NatsServer.Reserve();
        NatsEventBus bus = Open(new NatsBusOptions { Url = late.Url, PublishTimeout = TestTimeouts.WithProcesses });
        Task publish = bus.PublishAsync(Make(Topics.RunPhase, "a", 1), default).AsTask();

        await late.StartAgainAsync();

        await publish;
        Assert.Null(bus.Problem);
    }

    [Fact]
    public async Task Publish_MoreThanMayWait_IsRefusedAtOnce()
    {
        await using NatsServer absent = NatsServer.Reserve();
        NatsEventBus bus = Open(new NatsBusOptions { Url = absent.Url, MaxPendingPublishes = 2, PublishTimeout = TestTimeouts.WithProcesses });
        using var stop = new CancellationTokenSource();
        Task[] waiting = [.. Enumerable.Range(0, 2).Select(i => bus.PublishAsync(Make(Topics.RunPhase, "a", i), stop.Token).AsTask())];

        SympoziumOverloadedException refused = await Assert.ThrowsAsync<SympoziumOverloadedException>(
            async () => await bus.PublishAsync(Make(Topics.RunPhase, "a", 3), default));

        Assert.Contains("Sympozium:Nats:MaxPendingPublishes", refused.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        foreach (Task task in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }
    }

    [Fact]
    public async Task Publish_ServerWithoutJetStream_SaysSo()
    {
        await using NatsServer plain = NatsServer.Reserve("accounts { A { users [ { user: u, password: p } ] } }");
        await plain.StartAgainAsync();
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["password"], "p\n");
        NatsEventBus bus = Open(new NatsBusOptions { Url = plain.Url, User = "u", PasswordFile = directory["password"], PublishTimeout = TestTimeouts.WithProcesses });

        SympoziumUnavailableException down = await Assert.ThrowsAsync<SympoziumUnavailableException>(
            async () => await bus.PublishAsync(Make(Topics.RunPhase, "a", 1), default));

        Assert.Contains("JetStream", down.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Options_Contradicting_NameEveryProblem()
    {
        SympoziumInvalidException wrong = Assert.Throws<SympoziumInvalidException>(() => new NatsEventBus(
            new NatsBusOptions { Url = "http://u:p@x", User = "u", TokenFile = "/nowhere/token", KeyFile = "/nowhere/key" },
            TimeProvider.System,
            NullLogger<NatsEventBus>.Instance));

        Assert.Equal(
            "'Sympozium:Nats:TokenFile' names '/nowhere/token', which does not exist. "
            + "'Sympozium:Nats:KeyFile' names '/nowhere/key', which does not exist. "
            + "'Sympozium:Nats' has User and TokenFile; a connection has one way to authenticate, so keep one. "
            + "'Sympozium:Nats:User' and 'Sympozium:Nats:PasswordFile' go together; set both or neither. "
            + "'Sympozium:Nats:CertificateFile' and 'Sympozium:Nats:KeyFile' go together; set both or neither. "
            + "'Sympozium:Nats:Url' has 'http://x'; expected nats://host:port or tls://host:port, several with commas between them.",
            wrong.Message);
    }

    private NatsEventBus Open(NatsBusOptions options)
    {
        var bus = new NatsEventBus(options, TimeProvider.System, NullLogger<NatsEventBus>.Instance);
        _buses.Add(bus);
        return bus;
    }
}
