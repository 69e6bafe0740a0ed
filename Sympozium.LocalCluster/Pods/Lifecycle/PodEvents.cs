using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>
/// Posts a pod's Warning events, each once. Normal ones are not posted: a run would double its API writes by them, and the pod's
/// status says the same.
/// </summary>
internal sealed partial class PodEvents(PodServices services, PodManifest pod)
{
    private readonly HashSet<(string Reason, string Message)> _posted = [];

    public async Task WarnAsync(string reason, string message, CancellationToken cancellationToken)
    {
        if (!_posted.Add((reason, message)))
        {
            return;
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        string time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var posted = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject
            {
                ["name"] = string.Create(CultureInfo.InvariantCulture, $"{pod.Metadata.Name}.{now.UtcTicks:x}{_posted.Count:x}"),
                ["namespace"] = pod.Metadata.Namespace,
            },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["name"] = pod.Metadata.Name,
                ["namespace"] = pod.Metadata.Namespace,
                ["uid"] = pod.Metadata.Uid,
            },
            ["type"] = "Warning",
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["firstTimestamp"] = time,
            ["lastTimestamp"] = time,
            ["source"] = new JsonObject { ["component"] = "kubelet", ["host"] = services.Options.NodeName },
            ["reportingComponent"] = "kubelet",
            ["reportingInstance"] = services.Options.NodeName,
        };
        try
        {
            await services.Client.CreateAsync(CoreTypes.Events, posted, cancellationToken);
        }
        catch (KubernetesException failed)
        {
            // An event is a comment: the pod goes on without it.
            LogEventLost(services.Logger, pod.Metadata.Namespace, pod.Metadata.Name, reason, failed);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event {Reason} of pod {Namespace}/{Pod} was not stored")]
    private static partial void LogEventLost(ILogger logger, string @namespace, string pod, string reason, Exception exception);
}
