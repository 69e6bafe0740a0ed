using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

public sealed class NatsVolumeTests
{
    private const int Count = 1_000_000;

    [Fact]
    public async Task OneMillionEvents_ArriveOnceAndInOrder()
    {
        await using NatsServer server = await NatsServer.StartAsync();
        await using NatsEventBus bus = new(
            new NatsBusOptions { Url = server.Url, SubscriberCapacity = Count, PublishTimeout = TestTimeouts.WithProcesses },
            TimeProvider.System,
            NullLogger<NatsEventBus>.Instance);
        await using IBusSubscription live = await bus.SubscribeAsync(new BusFilter(new HashSet<string>()), default);
        Task<(int Read, int[] PerPublisher)> reading = ReadAsync(live);

        const int Publishers = 1000;
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(async publisher =>
        {
            for (int i = 0; i < Count / Publishers; i++)
            {
                await bus.PublishAsync(Make(publisher, i), default);
            }
        }));

        (int read, int[] next) = await reading;
        Assert.Equal(Count, read);
        Assert.All(next, count => Assert.Equal(Count / Publishers, count));
    }

    private static async Task<(int Read, int[] PerPublisher)> ReadAsync(IBusSubscription live)
    {
        var next = new int[1000];
        int read = 0;
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses * 5);
        await foreach (BusEvent busEvent in live.ReadAllAsync(deadline.Token))
        {
            int publisher = int.Parse(busEvent.Metadata.AgentRunId[1..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(next[publisher]++, (int)busEvent.Data!);
            if (++read == Count)
            {
                break;
            }
        }

        return (read, next);
    }

    private static BusEvent Make(int publisher, int number) => new()
    {
        Topic = Topics.StreamChunk,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { AgentRunId = $"r{publisher}", Namespace = "default" },
        Data = number,
    };
}
