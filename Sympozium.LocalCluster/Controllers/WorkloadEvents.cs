using System.Globalization;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Events;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>The Events of Deployments and ReplicaSets, worded as Kubernetes' controllers word them.</summary>
internal sealed class WorkloadEvents(EventRecorder recorder)
{
    /// <summary>A Deployment gave one of its ReplicaSets another size.</summary>
    public void Scaled(ResourceType type, ObjectFacts deployment, string set, int before, int now)
    {
        if (before != now)
        {
            string direction = now > before ? "up" : "down";
            Record("deployment-controller", type, deployment, isWarning: false, "ScalingReplicaSet", $"Scaled {direction} replica set {set} from {before} to {now}");
        }
    }

    public void SetCreationFailed(ResourceType type, ObjectFacts deployment, string set, string why) =>
        Record("deployment-controller", type, deployment, isWarning: true, "ReplicaSetCreateError", $"Failed to create new replica set \"{set}\": {why}");

    public void PodCreated(ResourceType type, ObjectFacts set, string pod) =>
        Record("replicaset-controller", type, set, isWarning: false, "SuccessfulCreate", $"Created pod: {pod}");

    public void PodDeleted(ResourceType type, ObjectFacts set, string pod) =>
        Record("replicaset-controller", type, set, isWarning: false, "SuccessfulDelete", $"Deleted pod: {pod}");

    public void PodCreationFailed(ResourceType type, ObjectFacts set, string why) =>
        Record("replicaset-controller", type, set, isWarning: true, "FailedCreate", $"Error creating: {why}");

    public void PodDeletionFailed(ResourceType type, ObjectFacts set, string why) =>
        Record("replicaset-controller", type, set, isWarning: true, "FailedDelete", $"Error deleting: {why}");

    private void Record(string component, ResourceType type, ObjectFacts about, bool isWarning, string reason, string message)
    {
        string version = about.Version.ToString(CultureInfo.InvariantCulture);
        EventTarget target = new(type.ApiVersion, type.Kind, about.Namespace, about.Name, about.Uid, version);
        recorder.Record(new ClusterEvent(target, component, "", isWarning, reason, message));
    }
}
