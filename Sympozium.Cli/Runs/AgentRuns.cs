using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Clusters;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Runs;

/// <summary>The AgentRun resource as this program reads it.</summary>
internal static class AgentRuns
{
    public static readonly ResourceType Type = new(SympoziumNames.Group, SympoziumNames.Version, "agentruns", "AgentRun");

    public static Task<JsonObject?> GetAsync(ClusterSession cluster, string name, CancellationToken cancellationToken) =>
        cluster.Client.GetAsync(Type, cluster.Namespace, name, cancellationToken);

    public static string PhaseOf(JsonObject run) => Text(run["status"]?["phase"]) is { Length: > 0 } phase ? phase : RunPhase.Pending;

    public static string? ResultOf(JsonObject run) => Text(run["status"]?["result"]) ?? Text(run["status"]?["output"]);

    public static string? ReasonOf(JsonObject run) => Text(run["status"]?["reason"]);

    public static string? ErrorOf(JsonObject run) => Text(run["status"]?["error"]);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
