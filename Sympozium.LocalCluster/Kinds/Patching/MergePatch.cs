using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Patching;

/// <summary>JSON Merge Patch, RFC 7386.</summary>
internal static class MergePatch
{
    public static JsonNode Apply(JsonNode target, JsonObject patch)
    {
        JsonObject result = target is JsonObject present ? present.DeepClone().AsObject() : [];
        Merge(result, patch);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject changes)
            {
                if (target[name] is not JsonObject child)
                {
                    child = [];
                    target[name] = child;
                }

                Merge(child, changes);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
