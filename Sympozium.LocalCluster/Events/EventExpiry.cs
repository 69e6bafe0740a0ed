using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Events;

/// <summary>Deletes old Events, whoever wrote them. Triggered by time, first at start; idempotent because it looks at all of them.</summary>
internal sealed partial class EventExpiry(IKubernetesClient client, EventOptions options, TimeProvider time, ILogger<EventExpiry> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.ExpiryPeriod, time);
        do
        {
            try
            {
                await ExpireAsync(stoppingToken);
            }
            catch (KubernetesException failed)
            {
                LogFailed(failed);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset oldest = time.GetUtcNow() - options.TimeToLive;
        ResourceList events = await client.ListAsync(CoreTypes.Events, null, ListOptions.All, cancellationToken);
        foreach (JsonObject old in events.Items.Where(e => LastSeen(e) < oldest))
        {
            JsonNode metadata = old["metadata"]!;
            await client.DeleteAsync(CoreTypes.Events, (string?)metadata["namespace"], (string)metadata["name"]!, DeleteOptions.Background, cancellationToken);
        }
    }

    private static DateTimeOffset LastSeen(JsonObject seen)
    {
        string?[] times =
        [
            (string?)seen["series"]?["lastObservedTime"], (string?)seen["lastTimestamp"], (string?)seen["eventTime"], (string?)seen["metadata"]?["creationTimestamp"],
        ];
        string? newest = times.FirstOrDefault(t => t is not null);
        return DateTimeOffset.TryParse(newest, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : DateTimeOffset.MaxValue;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old events could not be removed; it is tried again")]
    private partial void LogFailed(Exception exception);
}
