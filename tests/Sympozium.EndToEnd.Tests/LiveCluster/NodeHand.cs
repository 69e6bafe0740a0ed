using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>
/// Plays what a cluster without nodes lacks: the kubelet, by pods' statuses, and where no Job controller runs that one, too. What it writes has
/// the form that they write, since the API server checks it.
/// </summary>
internal sealed class NodeHand(ClusterTeam team, ClusterAbilities abilities)
{
    private const string Image = "sympozium.invalid/image";

    private static string Now => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>The pod of a run's Job: the Job controller's, or one as it would make it.</summary>
    public async Task<string> PodAsync(string run)
    {
        JsonObject job = await team.WaitForAsync(CoreTypes.Jobs, $"metadata.name={run}", null, _ => true);
        if (abilities.RunsJobs)
        {
            JsonObject found = await team.WaitForAsync(CoreTypes.Pods, null, $"batch.kubernetes.io/job-name={run}", _ => true);
            return (string)found["metadata"]!["name"]!;
        }

        var metadata = (JsonObject)job["spec"]!["template"]!["metadata"]!.DeepClone();
        metadata.Remove("creationTimestamp");
        metadata["name"] = $"{run}-played";
        metadata["namespace"] = team.Namespace;
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["name"] = run,
            ["uid"] = (string)job["metadata"]!["uid"]!,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        JsonObject pod = new() { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = job["spec"]!["template"]!["spec"]!.DeepClone() };
        await team.Client.CreateAsync(CoreTypes.Pods, pod, CancellationToken.None);
        return $"{run}-played";
    }

    /// <summary>The agent's container runs.</summary>
    public Task RunAsync(string pod) => PatchAsync(CoreTypes.Pods, pod, new JsonObject
    {
        ["phase"] = "Running",
        ["startTime"] = Now,
        ["containerStatuses"] = new JsonArray(Container(new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Now } })),
    });

    /// <summary>The agent's container waits and says why.</summary>
    public Task WaitAsync(string pod, string reason, string message) => PatchAsync(CoreTypes.Pods, pod, new JsonObject
    {
        ["phase"] = "Pending",
        ["containerStatuses"] = new JsonArray(Container(new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } })),
    });

    /// <summary>The agent's container ends, and with it the pod.</summary>
    public Task EndAsync(string pod, int exitCode, string reason) => PatchAsync(CoreTypes.Pods, pod, new JsonObject
    {
        ["phase"] = exitCode == 0 ? "Succeeded" : "Failed",
        ["containerStatuses"] = new JsonArray(Container(new JsonObject
        {
            ["terminated"] = new JsonObject { ["exitCode"] = exitCode, ["reason"] = reason, ["startedAt"] = Now, ["finishedAt"] = Now },
        })),
    });

    /// <summary>The kubelet evicts the pod (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/).</summary>
    public Task EvictAsync(string pod, string message) => PatchAsync(CoreTypes.Pods, pod, new JsonObject
    {
        ["phase"] = "Failed",
        ["reason"] = "Evicted",
        ["message"] = message,
        ["conditions"] = new JsonArray(Condition("DisruptionTarget", "TerminationByKubelet", message)),
    });

    /// <summary>The node is gone for good, and the pod's garbage collector marks the pod before it removes it.</summary>
    public Task LoseAsync(string pod, string message) => PatchAsync(CoreTypes.Pods, pod, new JsonObject
    {
        ["phase"] = "Failed",
        ["conditions"] = new JsonArray(Condition("DisruptionTarget", "DeletionByPodGC", message)),
    });

    /// <summary>The Job follows its pod, where no Job controller does that.</summary>
    public async Task EndJobAsync(string run, bool succeeded)
    {
        if (abilities.RunsJobs)
        {
            return;
        }

        // Both conditions, and a start: the API server takes no end of a Job without them.
        JsonObject status = succeeded
            ? new JsonObject
            {
                ["startTime"] = Now,
                ["completionTime"] = Now,
                ["succeeded"] = 1,
                ["conditions"] = new JsonArray(
                    Condition("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods"),
                    Condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")),
            }
            : new JsonObject
            {
                ["startTime"] = Now,
                ["failed"] = 1,
                ["conditions"] = new JsonArray(
                    Condition("FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
                    Condition("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")),
            };
        await PatchAsync(CoreTypes.Jobs, run, status);
    }

    private Task<JsonObject> PatchAsync(ResourceType type, string name, JsonObject status) => team.Client.PatchAsync(
        type, team.Namespace, name, new Patch(PatchType.Merge, new JsonObject { ["status"] = status }), "status", CancellationToken.None);

    private static JsonObject Container(JsonObject state) => new()
    {
        ["name"] = "agent",
        ["image"] = Image,
        ["imageID"] = "",
        ["ready"] = state.ContainsKey("running"),
        ["started"] = state.ContainsKey("running"),
        ["restartCount"] = 0,
        ["state"] = state,
    };

    private static JsonObject Condition(string type, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = Now,
    };
}
