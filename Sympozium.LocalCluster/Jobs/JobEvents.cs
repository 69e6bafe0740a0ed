using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods.Scheduling;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>The Events of Jobs, worded as Kubernetes' Job controller words them.</summary>
internal sealed class JobEvents(EventRecorder recorder)
{
    private const string Component = "job-controller";

    /// <param name="job">The Job.</param>
    /// <param name="pod">Its new pod.</param>
    /// <param name="created">The same as an object.</param>
    /// <param name="node">The node that the pod was made for; null when the scheduler will decide.</param>
    public void Created(JsonObject job, JobPod pod, JsonObject created, string? node)
    {
        Record(job, isWarning: false, "SuccessfulCreate", $"Created pod: {pod.Name}");
        if (node is not null)
        {
            recorder.Record(SchedulerEvents.Assigned(created, node));
        }
    }

    public void CreationFailed(JsonObject job, string why) => Record(job, isWarning: true, "FailedCreate", $"Error creating: {why}");

    public void Deleted(JsonObject job, JobPod pod) => Record(job, isWarning: false, "SuccessfulDelete", $"Deleted pod: {pod.Name}");

    /// <summary>What a change of conditions says to people.</summary>
    public void Became(JsonObject job, IEnumerable<JobCondition> conditions)
    {
        foreach (JobCondition condition in conditions)
        {
            switch (condition.Type)
            {
                case JobCondition.Complete:
                    Record(job, isWarning: false, "Completed", "Job completed");
                    break;
                case JobCondition.Failed:
                    Record(job, isWarning: true, condition.Reason ?? "", condition.Message ?? "");
                    break;
                case JobCondition.Suspended:
                    bool suspended = condition.Status == "True";
                    Record(job, isWarning: false, suspended ? "Suspended" : "Resumed", suspended ? "Job suspended" : "Job resumed");
                    break;
            }
        }
    }

    private void Record(JsonObject job, bool isWarning, string reason, string message) =>
        recorder.Record(new ClusterEvent(EventTarget.Of(job), Component, "", isWarning, reason, message));
}
