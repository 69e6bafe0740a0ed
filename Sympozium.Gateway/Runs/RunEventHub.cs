using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Gateway.Hosting;

namespace Sympozium.Gateway.Runs;

/// <summary>
/// Subscribes once to the bus and keeps the events of each run for those who follow it. Converges nothing: what is lost here
/// (overflow, restart) followers read from the AgentRun, so a lost event costs time, not truth.
/// </summary>
internal sealed partial class RunEventHub(IEventBus bus, GatewayOptions options, TimeProvider time, ILogger<RunEventHub> logger) : BackgroundService
{
    private static readonly HashSet<string> Watched = [Topics.StreamChunk, Topics.StatusUpdate, Topics.RunPhase];
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<ResourceKey, RunLog> _logs = new();
    private IBusSubscription? _subscription;

    /// <summary>Changes with each start of the gateway: sequence numbers of another one mean nothing here.</summary>
    public string Epoch { get; } = Guid.NewGuid().ToString("N")[..8];

    /// <summary>How often the bus dropped events; followers that see it change read their resource.</summary>
    public int Gaps { get; private set; }

    /// <summary>Whether events arrive.</summary>
    public bool IsSubscribed => _subscription is not null;

    /// <summary>The log of a run; made when there is none.</summary>
    public RunLog Open(ResourceKey run)
    {
        if (_logs.TryGetValue(run, out RunLog? log))
        {
            return log;
        }

        if (_logs.Count >= options.MaxRunsWithEvents)
        {
            Evict(options.MaxRunsWithEvents * 9 / 10);
        }

        return _logs.GetOrAdd(run, static (_, capacity) => new RunLog(capacity), options.MaxEventsPerRun);
    }

    /// <summary>The log of a run, null when nothing is known of it.</summary>
    public RunLog? Find(ResourceKey run) => _logs.GetValueOrDefault(run);

    /// <summary>Subscribes before the gateway takes its first request.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TrySubscribeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using ITimer sweeper = time.CreateTimer(_ => DropEnded(), null, options.EndedRunRetention, options.EndedRunRetention);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_subscription is null && !await TrySubscribeAsync(stoppingToken))
                {
                    await Task.Delay(RetryDelay, time, stoppingToken);
                    continue;
                }

                await foreach (BusEvent busEvent in _subscription!.ReadAllAsync(stoppingToken))
                {
                    Take(busEvent);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                LogStopped();
            }
            catch (Exception failure)
            {
                LogLost(failure);
            }

            await ResubscribeAsync(stoppingToken);
        }
    }

    private async Task ResubscribeAsync(CancellationToken stoppingToken)
    {
        if (_subscription is { } ended)
        {
            _subscription = null;
            await ended.DisposeAsync();
        }

        if (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        await TrySubscribeAsync(stoppingToken);
        Gaps++;
        foreach (RunLog log in _logs.Values)
        {
            log.Wake();
        }
    }

    private async Task<bool> TrySubscribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            _subscription = await bus.SubscribeAsync(new BusFilter(Watched), cancellationToken);
            return true;
        }
        catch (SympoziumUnavailableException down)
        {
            LogLost(down);
            return false;
        }
    }

    private void Take(BusEvent busEvent)
    {
        RunLog log = Open(busEvent.Metadata.RunKey);
        try
        {
            switch (busEvent.Topic)
            {
                case Topics.RunPhase when busEvent.Data is JsonObject data:
                    log.Append(new RunEvent { Phase = data.Deserialize(EventsJson.Default.RunPhaseChange) }, time.GetTimestamp());
                    break;
                case Topics.StatusUpdate when busEvent.Data is JsonObject data:
                    log.Append(new RunEvent { Status = data.Deserialize(IpcJson.Default.AgentStatusUpdate) }, time.GetTimestamp());
                    break;
                case Topics.StreamChunk when busEvent.Data is JsonArray data:
                    foreach (StreamChunk chunk in data.Deserialize(IpcJson.Default.StreamChunkArray)!)
                    {
                        log.Append(new RunEvent { Chunk = chunk }, time.GetTimestamp());
                    }

                    break;
                default:
                    LogUnreadable(null, busEvent.Topic, busEvent.Metadata.RunKey);
                    break;
            }
        }
        catch (JsonException wrong)
        {
            LogUnreadable(wrong, busEvent.Topic, busEvent.Metadata.RunKey);
        }
    }

    private void DropEnded()
    {
        foreach ((ResourceKey run, RunLog log) in _logs)
        {
            if (log.EndedAt != 0 && !log.HasFollowers && time.GetElapsedTime(log.EndedAt) > options.EndedRunRetention)
            {
                _logs.TryRemove(run, out _);
            }
        }
    }

    private void Evict(int target)
    {
        IEnumerable<KeyValuePair<ResourceKey, RunLog>> idle = _logs
            .Where(pair => !pair.Value.HasFollowers)
            .OrderBy(pair => pair.Value.EndedAt == 0 ? long.MaxValue : pair.Value.EndedAt);
        foreach ((ResourceKey run, _) in idle.Take(_logs.Count - target).ToList())
        {
            _logs.TryRemove(run, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscription to live events broke off; subscribing again, waiting requests read their AgentRun")]
    private partial void LogLost(Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The subscription to live events ended with the gateway")]
    private partial void LogStopped();

    [LoggerMessage(Level = LogLevel.Warning, Message = "An event {Topic} of run {RunId} has unreadable data and is skipped")]
    private partial void LogUnreadable(Exception? exception, string topic, ResourceKey runId);
}
