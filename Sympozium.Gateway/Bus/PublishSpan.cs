using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Hosting;

namespace Sympozium.Gateway.Bus;

/// <summary>
/// The span of publishing what a pod says. It goes on from the tool call that wrote the file, where the file says so, and reaches the subscribers in
/// the bus's headers. Live pieces and states have none: there are too many, and they are nobody's request.
/// </summary>
internal static class PublishSpan
{
    public static Activity? Start(RunToken token, RunTrace? trace, BusEvent busEvent)
    {
        if (trace is null || busEvent.Topic is Topics.StreamChunk or Topics.StatusUpdate)
        {
            return null;
        }

        List<KeyValuePair<string, object?>> tags =
        [
            new("messaging.operation.name", "publish"),
            new("messaging.destination.name", busEvent.Topic),
            new(TraceAttributes.Namespace, token.Run.Namespace),
            new(TraceAttributes.Run, token.Run.Name),
            new(TraceAttributes.RunUid, token.Uid),
        ];
        if (trace.IsRoot)
        {
            tags.Add(TraceAttributes.StartedByRun);
        }

        return GatewayTelemetry.Source.StartActivity(ActivityKind.Producer, trace.Continue(Sent(busEvent.Data)), tags, name: $"publish {busEvent.Topic}");
    }

    private static string? Sent(JsonNode? data) =>
        ((data as JsonObject)?["_meta"] as JsonObject)?["traceparent"] is JsonValue value && value.TryGetValue(out string? sent) ? sent : null;
}
