using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.History;
using Sympozium.Abstractions.Runs;
using Sympozium.Messaging.InProcess;
using Sympozium.Persistence.History;
using Sympozium.Silo.History;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.History;

public sealed class HistoryRecorderTests : IDisposable
{
    private static readonly ResourceKey Run = new("team", "report");

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Events_Published_AreInTheHistoryOnceAndCallsInTheLedger()
    {
        await using HistoryDatabase database = await OpenAsync();
        var history = new RunHistory(database, new HistoryOptions());
        var usage = new UsageLedger(database, new HistoryOptions());
        var bus = new InProcessEventBus(new InProcessEventBusOptions { DedupeCapacity = 0 }, TimeProvider.System);
        using var recorder = new HistoryRecorder(bus, history, usage, NullLogger<HistoryRecorder>.Instance);
        await recorder.StartAsync(default);

        for (int twice = 0; twice < 2; twice++)
        {
            await bus.PublishAsync(Make(Topics.RunPhase, "p1", new JsonObject { ["phase"] = "Running" }), default);
            await bus.PublishAsync(Make(Topics.StreamChunk, "s1", new JsonArray()), default);
            await bus.PublishAsync(Make(Topics.RunCompleted, null, new JsonObject { ["response"] = "done" }), default);
            var call = new ModelCallCompleted("openai", "gpt", new ModelCallUsage { CallId = "c1", InputTokens = 7, OutputTokens = 3 });
            await bus.PublishAsync(Make(Topics.ModelCall, "c1", JsonSerializer.SerializeToNode(call, EventsJson.Default.ModelCallCompleted)), default);
        }

        await bus.PublishAsync(Make(Topics.RunPhase, "p2", new JsonObject { ["phase"] = "Succeeded" }), default);

        IReadOnlyList<RunHistoryEntry> entries = await UntilAsync(token => history.ReadAsync(Run, "u", 0, 100, token), 4);
        Assert.Equal([Topics.ModelCall, Topics.RunCompleted, Topics.RunPhase, Topics.RunPhase], entries.Select(entry => entry.Topic).Order());
        UsageTotal total = Assert.Single(
            await UntilAsync(token => usage.SumAsync("team", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, token), 1));
        Assert.Equal((1, 7, 3), (total.Calls, total.InputTokens, total.OutputTokens));
        Assert.Equal("writer", Assert.Single(await history.ListAsync(new RunHistoryQuery(), default)).Instance);
        await recorder.StopAsync(default);
    }

    private async Task<HistoryDatabase> OpenAsync()
    {
        var database = new SqliteHistoryDatabase(_directory["history.db"], new HistoryOptions(), TimeProvider.System);
        await database.MigrateAsync(default);
        return database;
    }

    private static async Task<IReadOnlyList<T>> UntilAsync<T>(Func<CancellationToken, Task<IReadOnlyList<T>>> read, int count)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        while (true)
        {
            IReadOnlyList<T> entries = await read(deadline.Token);
            if (entries.Count == count)
            {
                return entries;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    private static BusEvent Make(string topic, string? id, JsonNode? data) => new()
    {
        Topic = topic,
        Id = id,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { Namespace = Run.Namespace, AgentRunId = Run.Name, AgentRunUid = "u", InstanceName = "writer" },
        Data = data,
    };
}
