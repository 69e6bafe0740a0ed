using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>The patch formats of the API. Each returns a new document and leaves its arguments alone.</summary>
public static class Patches
{
    /// <summary>RFC 6902.</summary>
    public static JsonNode ApplyJson(JsonNode target, JsonArray patch)
    {
        ArgumentNullException.ThrowIfNull(target);
        return JsonPatch.Apply(target, patch);
    }

    /// <summary>RFC 7386.</summary>
    public static JsonNode ApplyMerge(JsonNode target, JsonObject patch) => Merge(target, patch)!;

    /// <summary>Strategic merge patch; custom kinds do not have it, the caller answers 415.</summary>
    public static JsonNode ApplyStrategic(KindDefinition kind, JsonObject target, JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return Merge(target, patch)!;
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target is JsonObject present ? present.DeepClone().AsObject() : [];
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Merge(result[name], value);
            }
        }

        return result;
    }
}
