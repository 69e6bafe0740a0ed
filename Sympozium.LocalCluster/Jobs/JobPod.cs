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
        JsonNode metadata = pod["metadata"]!;
        JsonNode? owner = Objects(metadata["ownerReferences"]).FirstOrDefault(o => (string?)o["kind"] == "Job" && (bool?)o["controller"] == true);
        if (owner is null)
        {
            return null;
        }

        JsonNode? status = pod["status"];
        List<JsonObject> containers = [.. Objects(status?["containerStatuses"]), .. Objects(status?["initContainerStatuses"])];
        return new JobPod(
            Text(metadata, "name"),
            Text(metadata, "namespace"),
            Text(metadata, "uid"),
            Text(owner, "uid"),
            Text(owner, "name"),
            (string?)status?["phase"] ?? "Pending",
            metadata["deletionTimestamp"] is not null,
            Objects(status?["conditions"]).Any(c => (string?)c["type"] == "Ready" && (string?)c["status"] == "True"),
            containers.Sum(c => (int?)c["restartCount"] ?? 0),
            containers.Max(EndOf));
    }

    private static DateTimeOffset? EndOf(JsonObject container) =>
        (string?)container["state"]?["terminated"]?["finishedAt"] is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) : null;

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static string Text(JsonNode node, string field) => (string?)node[field] ?? "";
}
