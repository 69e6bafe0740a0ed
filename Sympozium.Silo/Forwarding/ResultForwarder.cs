using Microsoft.Extensions.Hosting;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Silo.Forwarding;

/// <summary>
/// Hands the results that pods publish on the bus to the grains of their runs. Converges: each result on the bus has reached its grain.
/// Triggered by the bus, as durable consumers that all silos share; idempotent because a run that has ended takes no second result. One that
/// cannot be delivered comes again, and is parked in the end: the run then ends with what its grain finds on the bus when its Job is over.
/// </summary>
internal sealed class ResultForwarder(IDurableEvents events, IGrainFactory grains) : BackgroundService
{
    private const int MaxDeliveries = 20;
    private const int Concurrency = 32;

    private static readonly TimeSpan[] Backoff = [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        ConsumeAsync("results-completed", Topics.RunCompleted, stoppingToken), ConsumeAsync("results-failed", Topics.RunFailed, stoppingToken));

    // One topic each: a server filters by it, and no chunk of a stream comes along.
    private Task ConsumeAsync(string name, string topic, CancellationToken stoppingToken) => events.ConsumeAsync(
        new DurableConsumer(name, new HashSet<string>(StringComparer.Ordinal) { topic }) { MaxDeliveries = MaxDeliveries, Concurrency = Concurrency, Backoff = Backoff },
        ForwardAsync,
        stoppingToken);

    private Task ForwardAsync(BusEvent result, CancellationToken cancellationToken) => result.Metadata.AgentRunUid is { } uid
        ? grains.GetGrain<IRunGrain>(result.Metadata.RunKey.ToString()).AcceptResultAsync(uid, result, cancellationToken)
        : throw new SympoziumInvalidException($"The result of run '{result.Metadata.RunKey}' does not say which uid the run has.");
}
