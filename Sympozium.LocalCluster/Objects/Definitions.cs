using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// What other servers do in controllers after a CustomResourceDefinition is written and this one does before it acknowledges
/// the write: its kinds are served then, so its status may say so.
/// </summary>
internal static class Definitions
{
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    private const string NamesAccepted = "NamesAccepted";
    private const string Established = "Established";

    public static bool IsDefinition(KindDefinition kind) => kind.Type.Plural == KindRegistry.Definitions.Plural && kind.Type.Group == KindRegistry.Definitions.Group;

    /// <summary>The version that objects are stored in stays among the stored ones, whatever a client writes there.</summary>
    public static void KeepStoredVersion(KindDefinition kind, JsonObject definition)
    {
        if (!IsDefinition(kind) || definition["spec"] is not JsonObject spec)
        {
            return;
        }

        JsonObject status = definition["status"] as JsonObject ?? [];
        definition["status"] ??= status;
        JsonArray stored = status["storedVersions"] as JsonArray ?? [];
        status["storedVersions"] ??= stored;
        foreach (JsonObject version in (spec["versions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (version["storage"] is JsonValue storage && storage.TryGetValue(out bool isStorage) && isStorage)
            {
                AddVersion(stored, Metadata.Text(version, "name") ?? "");
            }
        }
    }

    /// <summary>Whether its kinds are served: not when another definition of the group has one of its names.</summary>
    public static bool IsServed(JsonObject definition) =>
        Conditions(definition).FirstOrDefault(condition => condition.Text("type") == Established) is not { } established || established.Text("status") == "True";

    /// <summary>Accepts the names, unless others have them, and says whether the kinds are served.</summary>
    public static JsonObject Establish(JsonObject definition, IEnumerable<JsonObject> all, TimeProvider time)
    {
        JsonObject status = definition["status"] as JsonObject ?? [];
        definition["status"] ??= status;
        JsonObject requested = definition.Map("spec").Map("names") ?? [];
        (JsonObject accepted, string? reason, string? message) = new DefinitionNames(definition, all).Decide(requested, status.Map("acceptedNames"));
        status["acceptedNames"] = accepted;
        string now = Metadata.Time(time.GetUtcNow());
        bool isServed = Conditions(definition).Any(condition => condition.Text("type") == Established && condition.Text("status") == "True");
        JsonArray conditions = [.. Conditions(definition).Where(condition => condition.Text("type") is not (NamesAccepted or Established)).Select(condition => condition.DeepClone())];
        conditions.Add(Condition(definition, NamesAccepted, reason is null, reason ?? "NoConflicts", message ?? "no conflicts found", now));
        conditions.Add(reason is null || isServed
            ? Condition(definition, Established, true, "InitialNamesAccepted", "the initial names have been accepted", now)
            : Condition(definition, Established, false, "NotAccepted", "not all names are accepted", now));
        status["conditions"] = conditions;
        return definition;
    }

    private static void AddVersion(JsonArray versions, string name)
    {
        if (!versions.Any(version => version?.ToString() == name))
        {
            versions.Add((JsonNode)name);
        }
    }

    private static IEnumerable<JsonObject> Conditions(JsonObject definition) => definition.Map("status").Items("conditions").Select(condition => condition.Item);

    // The time is that of the last change of status.
    private static JsonObject Condition(JsonObject definition, string type, bool holds, string reason, string message, string now)
    {
        string status = holds ? "True" : "False";
        JsonObject? before = Conditions(definition).FirstOrDefault(condition => condition.Text("type") == type && condition.Text("status") == status);
        return new JsonObject
        {
            ["lastTransitionTime"] = before is null ? now : before.Text("lastTransitionTime"),
            ["message"] = message,
            ["reason"] = reason,
            ["status"] = status,
            ["type"] = type,
        };
    }
}
