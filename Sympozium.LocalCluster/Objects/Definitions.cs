using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// What other servers do in controllers after a CustomResourceDefinition is written and this one does within the write:
/// its kinds are served when the write is acknowledged, so its status may say so at once.
/// </summary>
internal static class Definitions
{
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public static bool IsDefinition(KindDefinition kind) => kind.Type.Plural == KindRegistry.Definitions.Plural && kind.Type.Group == KindRegistry.Definitions.Group;

    public static void PrepareForCreate(KindDefinition kind, JsonObject definition, TimeProvider time)
    {
        if (IsDefinition(kind))
        {
            definition.Remove("status");
            SetStatus(definition, time);
        }
    }

    public static void PrepareForUpdate(KindDefinition kind, JsonObject definition, TimeProvider time)
    {
        if (IsDefinition(kind))
        {
            SetStatus(definition, time);
        }
    }

    private static void SetStatus(JsonObject definition, TimeProvider time)
    {
        JsonObject status = definition["status"] as JsonObject ?? [];
        definition["status"] = status;
        JsonObject spec = definition["spec"] as JsonObject ?? [];
        status["acceptedNames"] = spec["names"]?.DeepClone() ?? new JsonObject();
        if (status["conditions"] is not JsonArray { Count: > 0 })
        {
            string now = Metadata.Time(time.GetUtcNow());
            status["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now));
        }

        JsonArray stored = status["storedVersions"] as JsonArray ?? [];
        status["storedVersions"] = stored.Parent is null ? stored : stored.DeepClone();
        foreach (JsonObject version in (spec["versions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (version["storage"] is JsonValue storage && storage.TryGetValue(out bool isStorage) && isStorage)
            {
                AddVersion(status["storedVersions"]!.AsArray(), Metadata.Text(version, "name") ?? "");
            }
        }
    }

    private static void AddVersion(JsonArray versions, string name)
    {
        if (!versions.Any(version => version?.ToString() == name))
        {
            versions.Add((JsonNode)name);
        }
    }

    private static JsonObject Condition(string type, string reason, string message, string now) => new()
    {
        ["lastTransitionTime"] = now,
        ["message"] = message,
        ["reason"] = reason,
        ["status"] = "True",
        ["type"] = type,
    };
}
