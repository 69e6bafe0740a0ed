using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Events;

namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>What the scheduler tells about pods, in the words of Kubernetes' default scheduler.</summary>
internal static class SchedulerEvents
{
    public static ClusterEvent Assigned(JsonObject pod, string node)
    {
        EventTarget target = EventTarget.Of(pod);
        return Event(target, node, isWarning: false, "Scheduled", $"Successfully assigned {target.Namespace}/{target.Name} to {node}", "Binding");
    }

    public static ClusterEvent Failed(JsonObject pod, string node, string why) =>
        Event(EventTarget.Of(pod), node, isWarning: true, "FailedScheduling", why, "Scheduling");

    private static ClusterEvent Event(EventTarget target, string node, bool isWarning, string reason, string message, string action) =>
        new(target, NodeFit.Scheduler, node, isWarning, reason, message) { Action = action };
}
