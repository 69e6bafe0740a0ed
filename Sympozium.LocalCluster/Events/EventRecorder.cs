using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Events;

/// <summary>
/// Writes Events, off everybody's way: <see cref="Record"/> never waits and never fails; what was recorded is written together a moment
/// later, what cannot be written is dropped with a line in the log. Triggered by <see cref="Record"/>; on an orderly stop it writes what it has.
/// </summary>
internal sealed partial class EventRecorder : BackgroundService
{
    /// <summary>Events written at the same time, which share one commit of the store.</summary>
    private const int Batch = 64;

    private readonly IKubernetesClient _client;
    private readonly EventOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<EventRecorder> _logger;
    private readonly EventCorrelator _correlator;
    private readonly Channel<(ClusterEvent Event, DateTimeOffset At)> _waiting;

    public EventRecorder(IKubernetesClient client, EventOptions options, TimeProvider time, ILogger<EventRecorder> logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        _correlator = new EventCorrelator(options);
        _waiting = Channel.CreateBounded<(ClusterEvent, DateTimeOffset)>(
            new BoundedChannelOptions(options.MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    }

    /// <summary>Notes that something happened.</summary>
    public void Record(ClusterEvent happened) => _waiting.Writer.TryWrite((happened, _time.GetUtcNow()));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (_waiting.Reader.Count > 0 && !cancellationToken.IsCancellationRequested)
        {
            await WriteBatchAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(_options.Delay, _time, stoppingToken);
                while (_waiting.Reader.Count > 0)
                {
                    await WriteBatchAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is written by StopAsync.
        }
    }

    private async Task WriteBatchAsync(CancellationToken cancellationToken)
    {
        var writes = new Dictionary<string, Task>(Batch, StringComparer.Ordinal);
        while (writes.Count < Batch && _waiting.Reader.TryRead(out (ClusterEvent Event, DateTimeOffset At) next))
        {
            if (_correlator.Place(next.Event, next.At) is { } placed)
            {
                Task before = writes.GetValueOrDefault(placed.Name, Task.CompletedTask);
                writes[placed.Name] = WriteAsync(before, next.Event, placed, next.At, cancellationToken);
            }
        }

        await Task.WhenAll(writes.Values);
    }

    /// <summary>Writes one, after what writes the same Event before it.</summary>
    private async Task WriteAsync(Task before, ClusterEvent happened, Correlation placed, DateTimeOffset at, CancellationToken cancellationToken)
    {
        try
        {
            await before;
            if (placed.Count == 1)
            {
                await _client.CreateAsync(CoreTypes.Events, happened.Render(placed.Name, at), cancellationToken);
            }
            else
            {
                await _client.PatchAsync(CoreTypes.Events, happened.Target.Namespace ?? "default", placed.Name, Repeated(happened, placed, at), null, cancellationToken);
            }
        }
        catch (KubernetesException expired) when (expired.IsNotFound && placed.Count > 1)
        {
            _correlator.Forget(happened);
            LogLost(happened.Reason, happened.Target.Kind, happened.Target.Namespace, happened.Target.Name, expired);
        }
        catch (Exception failed) when (failed is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // An event is a comment: its object, or the whole namespace, may be gone.
            LogLost(happened.Reason, happened.Target.Kind, happened.Target.Namespace, happened.Target.Name, failed);
        }
    }

    private static Patch Repeated(ClusterEvent happened, Correlation placed, DateTimeOffset at) => new(
        PatchType.Merge,
        happened.Action is null
            ? new JsonObject { ["count"] = placed.Count, ["lastTimestamp"] = ClusterEvent.Time(at), ["message"] = happened.Message }
            : new JsonObject { ["series"] = new JsonObject { ["count"] = placed.Count, ["lastObservedTime"] = happened.Render("", at)["eventTime"]!.DeepClone() } });

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event {Reason} of {Kind} {Namespace}/{Name} was not stored")]
    private partial void LogLost(string reason, string kind, string? @namespace, string name, Exception exception);
}
