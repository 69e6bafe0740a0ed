using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>What a Job's controller sees of one of its pods.</summary>
internal sealed record JobPod(string Name, string Namespace, string Uid, string JobUid, string JobName, string Phase, bool IsTerminating, bool IsReady, int Restarts, DateTimeOffset? EndedAt)
{
    public bool IsTerminal => Phase is "Succeeded" or "Failed";

    public bool IsActive => !IsTerminal && !IsTerminating;

    /// <summary>Reads a pod; null when no Job controls it.</summary>
    public static JobPod? Read(JsonObject pod)
    {
        JsonObject? owner = (pod["metadata"]?["ownerReferences"] as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(o => (string?)o["kind"] == "Job" && (bool?)o["controller"] == true);
        if (owner is null || pod["metadata"] is not JsonObject metadata)
        {
            return null;
        }

        JsonNode? status = pod["status"];
        List<JsonObject> containers =
        [
            .. (status?["containerStatuses"] as JsonArray ?? []).OfType<JsonObject>(),
            .. (status?["initContainerStatuses"] as JsonArray ?? []).OfType<JsonObject>(),
        ];
        IEnumerable<string> ends = containers.Select(c => (string?)c["state"]?["terminated"]?["finishedAt"]).OfType<string>();
        bool ready = (status?["conditions"] as JsonArray ?? []).OfType<JsonObject>()
            .Any(c => (string?)c["type"] == "Ready" && (string?)c["status"] == "True");
        return new JobPod(
            (string?)metadata["name"] ?? "",
            (string?)metadata["namespace"] ?? "",
            (string?)metadata["uid"] ?? "",
            (string?)owner["uid"] ?? "",
            (string?)owner["name"] ?? "",
            (string?)status?["phase"] ?? "Pending",
            metadata["deletionTimestamp"] is not null,
            ready,
            containers.Sum(c => (int?)c["restartCount"] ?? 0),
            ends.Select(e => (DateTimeOffset?)DateTimeOffset.Parse(e, CultureInfo.InvariantCulture)).Max());
    }
}
