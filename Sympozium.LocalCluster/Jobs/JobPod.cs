using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>What a Job's controller sees of one of its pods.</summary>
internal sealed record JobPod
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    public required string Uid { get; init; }

    public required string JobUid { get; init; }

    public required string JobName { get; init; }

    public string Phase { get; init; } = "Pending";

    public bool IsTerminating { get; init; }

    public bool IsReady { get; init; }

    /// <summary>Restarts of all its containers.</summary>
    public int Restarts { get; init; }

    /// <summary>When its last container ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Completion index of a pod of an indexed Job.</summary>
    public int? Index { get; init; }

    /// <summary>Failures of its index before it.</summary>
    public int IndexFailures { get; init; }

    /// <summary>Failures of its index before it that the failure policy ignored.</summary>
    public int IgnoredIndexFailures { get; init; }

    /// <summary>Containers that ended, with their exit codes; init containers last.</summary>
    public IReadOnlyList<(string Container, int Code)> ExitCodes { get; init; } = [];

    /// <summary>Conditions by type with their status.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>();

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
        JsonNode? annotations = metadata["annotations"];
        Dictionary<string, string> conditions = Objects(status?["conditions"]).ToDictionary(c => Text(c, "type"), c => Text(c, "status"), StringComparer.Ordinal);
        return new JobPod
        {
            Name = Text(metadata, "name"),
            Namespace = Text(metadata, "namespace"),
            Uid = Text(metadata, "uid"),
            JobUid = Text(owner, "uid"),
            JobName = Text(owner, "name"),
            Phase = (string?)status?["phase"] ?? "Pending",
            IsTerminating = metadata["deletionTimestamp"] is not null,
            IsReady = conditions.GetValueOrDefault("Ready") == "True",
            Restarts = containers.Sum(c => (int?)c["restartCount"] ?? 0),
            EndedAt = containers.Max(EndOf),
            Index = Number(annotations, JobPodFactory.IndexName),
            IndexFailures = Number(annotations, JobPodFactory.IndexFailuresName) ?? 0,
            IgnoredIndexFailures = Number(annotations, JobPodFactory.IgnoredIndexFailuresName) ?? 0,
            ExitCodes = [.. containers.Where(c => c["state"]?["terminated"] is not null).Select(c => (Text(c, "name"), (int?)c["state"]!["terminated"]!["exitCode"] ?? 0))],
            Conditions = conditions,
        };
    }

    private static DateTimeOffset? EndOf(JsonObject container) =>
        (string?)container["state"]?["terminated"]?["finishedAt"] is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) : null;

    private static int? Number(JsonNode? annotations, string name) =>
        int.TryParse((string?)annotations?[name], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static string Text(JsonNode node, string field) => (string?)node[field] ?? "";
}
