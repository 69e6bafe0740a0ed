using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Bus;

/// <summary>The event bus on NATS JetStream against a raw socket that speaks to the same server with prepared bytes, by turns in one run.</summary>
internal static class BusBenchmark
{
    private const int Rounds = 5;
    private const int Warmup = 5_000;

    private static readonly TimeProvider Time = TimeProvider.System;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        await using NatsServer server = await NatsServer.StartAsync();
        await using NatsEventBus bus = new(new NatsBusOptions { Url = server.Url }, Time, NullLogger<NatsEventBus>.Instance);
        await bus.WarmUpAsync(CancellationToken.None);
        using RawNats raw = await RawNats.ConnectAsync(server.Port);
        await PublishAsync(bus, Warmup, 64);
        await PublishAsync(raw, Warmup, 64);

        List<IReadOnlyList<string>> rows = [];
        int stored = 2 * Warmup;
        foreach ((int underWay, int count) in ((int, int)[])[(1, 5_000), (64, 50_000), (1_024, 100_000)])
        {
            rows.Add(await CompareAsync(
                string.Create(CultureInfo.InvariantCulture, $"publish, stored and confirmed, {underWay} under way"), count, _ => PublishAsync(bus, count, underWay), _ => PublishAsync(raw, count, underWay)));
            stored += 2 * Rounds * count;
        }

        int read = Math.Min(stored, 100_000);
        rows.Add(await CompareAsync(
            "consume, durable, each acknowledged", read, round => ConsumeAsync(bus, $"bus-{round}", read), round => raw.ConsumeAsync(NatsSubjects.Stream, $"raw-{round}", read, 500)));
        return
        [
            new BenchmarkTable("Event bus and raw socket", ["", "bus, events/s", "raw socket, events/s", "bus / raw"], rows,
                $"One connection each to one nats-server with file storage; the same envelope of {NatsEnvelope.Write(Make(0)).Length} bytes. {Rounds} rounds by turns, the best of each. The raw socket writes prepared bytes and skips what it "
                + "reads; the bus makes, checks and reads envelopes, limits what is under way, and repeats. Client and server share the machine's processors. Goal: 0.60."),
        ];
    }

    private static async Task<IReadOnlyList<string>> CompareAsync(string what, int count, Func<int, Task> bus, Func<int, Task> raw)
    {
        double busBest = 0;
        double rawBest = 0;
        for (int round = 0; round < Rounds; round++)
        {
            busBest = Math.Max(busBest, count / await SecondsAsync(() => bus(round)));
            rawBest = Math.Max(rawBest, count / await SecondsAsync(() => raw(round)));
        }

        return [what, Number(busBest), Number(rawBest), (busBest / rawBest).ToString("0.00", CultureInfo.InvariantCulture)];
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        long start = Time.GetTimestamp();
        await work();
        return Time.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task PublishAsync(NatsEventBus bus, int count, int underWay)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, underWay).Select(_ => Task.Run(async () =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < count)
            {
                await bus.PublishAsync(Make(i), CancellationToken.None);
            }
        })));
    }

    private static Task PublishAsync(RawNats raw, int count, int underWay)
    {
        BusEvent sample = Make(0);
        byte[] message = RawNats.Publish(BusSubjects.For(sample), NatsEnvelope.Write(sample));
        return raw.PublishAsync([.. Enumerable.Repeat(message, count)], underWay);
    }

    private static async Task ConsumeAsync(NatsEventBus bus, string name, int count)
    {
        using CancellationTokenSource stop = new();
        int read = 0;
        try
        {
            await bus.ConsumeAsync(
                new DurableConsumer(name, new HashSet<string>()) { Concurrency = 250 },
                async (_, _) =>
                {
                    if (Interlocked.Increment(ref read) == count)
                    {
                        await stop.CancelAsync();
                    }
                },
                stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }

    private static BusEvent Make(int number) => new()
    {
        Topic = Topics.StreamChunk,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { AgentRunId = "benchmark-run", AgentRunUid = "8b1c1b3e-8f0f-4a7e-9f53-1f2d7c4a5b6e", InstanceName = "helper", Namespace = "default" },
        Data = $"event {number % 10}",
    };

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
