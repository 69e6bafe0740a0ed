using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.History;

namespace Sympozium.Silo.History;

/// <summary>
/// Keeps what happens to runs. Converges: every event of <see cref="Recorded"/> is in the history, every model call in the ledger.
/// Triggered by the bus, as a durable consumer: an event is done when it is stored, so a crash has it stored again, which changes
/// nothing. What waits is written together. While the database is away events wait in the bus; what it refuses for good is parked there.
/// </summary>
internal sealed partial class HistoryRecorder(
    IDurableEvents events, IRunHistory history, IUsageLedger usage, ILogger<HistoryRecorder> logger) : IHostedService, IDisposable
{
    /// <summary>Name of the durable consumer.</summary>
    public const string ConsumerName = "history";

    private const int MaxWaiting = 512;

    // Not the stream's chunks: the transcript has their text, and they are most of the traffic.
    private static readonly HashSet<string> Recorded =
    [
        Topics.RunPhase, Topics.RunCompleted, Topics.RunFailed, Topics.ModelCall, Topics.ChannelSend, Topics.ScheduleUpsert, Topics.SpawnRequest,
    ];

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(MaxWaiting);

    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Returns when the consumer is known to the bus: what is published from then on is recorded.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var consumer = new DurableConsumer(ConsumerName, Recorded)
        {
            Concurrency = MaxWaiting,
            Backoff = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)],
        };
        _work = Task.WhenAll(WriteAsync(_stop.Token), events.ConsumeAsync(consumer, TakeAsync, _stop.Token));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        try
        {
            await _work.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogStopped();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task TakeAsync(BusEvent busEvent, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(busEvent);
        await _waiting.Writer.WriteAsync(waiting, cancellationToken);
        await waiting.Stored.Task.WaitAsync(cancellationToken);
    }

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>();
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            while (_waiting.Reader.TryRead(out Waiting? waiting))
            {
                batch.Add(waiting);
            }

            await StoreAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    private async Task StoreAsync(List<Waiting> batch, CancellationToken cancellationToken)
    {
        try
        {
            await history.AppendAsync([.. batch.Select(waiting => Entry(waiting.Event))], cancellationToken);
            await usage.RecordAsync([.. batch.Select(waiting => Usage(waiting.Event)).OfType<UsageEntry>()], cancellationToken);
            batch.ForEach(static waiting => waiting.Stored.SetResult());
        }
        catch (Exception failure) when (batch.Count == 1 || failure is OperationCanceledException)
        {
            batch.ForEach(waiting => waiting.Stored.SetException(failure));
        }
        catch (Exception failure)
        {
            // One of them may be to blame; alone, each answers for itself.
            LogBatchFailed(failure, batch.Count);
            foreach (Waiting waiting in batch)
            {
                await StoreAsync([waiting], cancellationToken);
            }
        }
    }

    private static RunHistoryEntry Entry(BusEvent busEvent) => new(
        busEvent.Metadata.RunKey,
        busEvent.Metadata.AgentRunUid ?? busEvent.Metadata.RunKey.ToString(),
        busEvent.Id ?? Fingerprint(busEvent),
        busEvent.Timestamp,
        busEvent.Topic,
        busEvent.Data?.ToJsonString())
    {
        Instance = busEvent.Metadata.InstanceName,
        Phase = busEvent.Topic == Topics.RunPhase ? (string?)busEvent.Data?["phase"] : null,
    };

    private static UsageEntry? Usage(BusEvent busEvent)
    {
        if (busEvent.Topic != Topics.ModelCall || busEvent.Data.Deserialize(EventsJson.Default.ModelCallCompleted) is not { } call)
        {
            return null;
        }

        return new UsageEntry(
            call.Usage.CallId, busEvent.Metadata.RunKey, busEvent.Metadata.InstanceName, call.Provider, call.Model, busEvent.Timestamp,
            call.Usage.InputTokens, call.Usage.OutputTokens)
        {
            CachedInputTokens = call.Usage.CachedInputTokens,
            ReasoningTokens = call.Usage.ReasoningTokens,
            Estimated = call.Usage.Estimated,
        };
    }

    /// <summary>An id for an event without one: the same event again has the same.</summary>
    private static string Fingerprint(BusEvent busEvent) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(busEvent, EventsJson.Default.BusEvent)))[..32];

    [LoggerMessage(Level = LogLevel.Debug, Message = "The history recorder stops")]
    private partial void LogStopped();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events could not be stored together; they are stored one by one")]
    private partial void LogBatchFailed(Exception exception, int count);

    private sealed record Waiting(BusEvent Event)
    {
        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
