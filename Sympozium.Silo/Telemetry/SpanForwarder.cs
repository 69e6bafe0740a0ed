using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Bus;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Silo.Telemetry;

/// <summary>
/// Brings the spans of agents from the bus to the exporter. The subject, which the run's credentials allow, says whose they are; the run's resource
/// says which trace they belong to. A run that is gone has no use for them.
/// </summary>
internal sealed class SpanForwarder(IDurableEvents events, IKubernetesClient kubernetes, AgentSpans spans) : BackgroundService
{
    private const int MaxDeliveries = 3;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => events.ConsumeAsync(
        new DurableConsumer("agent-spans", new HashSet<string>(StringComparer.Ordinal) { Topics.TraceSpans }) { MaxDeliveries = MaxDeliveries },
        ForwardAsync,
        stoppingToken);

    private async Task ForwardAsync(BusEvent report, CancellationToken cancellationToken)
    {
        ResourceKey key = report.Metadata.RunKey;
        JsonNode? metadata = (await kubernetes.GetAsync(SympoziumTypes.AgentRuns, key.Namespace, key.Name, cancellationToken))?["metadata"];
        if ((string?)metadata?["uid"] is { } uid && uid == report.Metadata.AgentRunUid)
        {
            JsonNode? annotations = metadata["annotations"];
            var trace = RunTrace.Of(uid, (string?)annotations?[SympoziumNames.TraceParentAnnotation], (string?)annotations?[SympoziumNames.TraceStateAnnotation]);
            spans.Accept(key, uid, (string?)metadata["labels"]?[SympoziumNames.InstanceLabel], trace, report);
        }
    }
}
