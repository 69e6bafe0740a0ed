using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Grains;

/// <summary>Conditions of a status (meta/v1 Condition).</summary>
internal static class Conditions
{
    /// <summary>One condition; keeps the transition time of the present condition when its status does not change.</summary>
    public static JsonObject Make(JsonObject resource, string type, bool value, string reason, string message, DateTimeOffset now)
    {
        string text = value ? "True" : "False";
        JsonObject? present = (resource["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type);
        string time = (string?)present?["status"] == text && (string?)present["lastTransitionTime"] is string since
            ? since
            : now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = text,
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] = time,
            ["observedGeneration"] = (long?)resource["metadata"]!["generation"] ?? 1,
        };
    }

    /// <summary>Whether the fields of <paramref name="desired"/> already stand in the resource's status.</summary>
    public static bool Holds(JsonObject resource, JsonObject desired) =>
        resource["status"] is JsonObject status && desired.All(pair => JsonNode.DeepEquals(status[pair.Key], pair.Value));
}
