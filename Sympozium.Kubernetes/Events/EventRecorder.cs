using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Events;

/// <summary>Weight of an Event.</summary>
public enum EventType
{
    Normal,
    Warning,
}

/// <summary>Writes <c>v1.Event</c> objects about other objects, which <c>kubectl describe</c> shows. Events are best effort: one that cannot be written is logged.</summary>
public sealed partial class EventRecorder(IKubernetesClient kubernetes, TimeProvider time, ILogger<EventRecorder> logger)
{
    /// <summary>The API refuses longer messages.</summary>
    private const int MaxMessageLength = 1024;

    /// <summary>Writes one event about <paramref name="about"/>, which must carry apiVersion and kind.</summary>
    public async Task RecordAsync(JsonObject about, EventType type, string reason, string message, CancellationToken cancellationToken)
    {
        JsonNode metadata = about["metadata"]!;
        string name = (string)metadata["name"]!;
        string ns = (string?)metadata["namespace"] ?? "default";
        DateTimeOffset now = time.GetUtcNow();
        string timestamp = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var resource = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = $"{name}.{now.UtcTicks:x}{Random.Shared.Next(0x10000):x4}", ["namespace"] = ns },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = about["apiVersion"]?.DeepClone(),
                ["kind"] = about["kind"]?.DeepClone(),
                ["name"] = name,
                ["namespace"] = ns,
                ["uid"] = metadata["uid"]?.DeepClone(),
            },
            ["type"] = type.ToString(),
            ["reason"] = reason,
            ["message"] = message.Length <= MaxMessageLength ? message : message[..(MaxMessageLength - 3)] + "...",
            ["source"] = new JsonObject { ["component"] = "sympozium" },
            ["reportingComponent"] = "sympozium",
            ["firstTimestamp"] = timestamp,
            ["lastTimestamp"] = timestamp,
            ["count"] = 1,
        };
        try
        {
            await kubernetes.CreateAsync(CoreTypes.Events, resource, cancellationToken);
        }
        catch (KubernetesException e)
        {
            LogNotRecorded(e.IsUnreachable ? LogLevel.Debug : LogLevel.Warning, e, reason, ns, name);
        }
    }

    [LoggerMessage(Message = "Event {Reason} about {Namespace}/{Name} could not be written")]
    private partial void LogNotRecorded(LogLevel level, Exception exception, string reason, string @namespace, string name);
}
