using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>JSON Patch, RFC 6902.</summary>
internal static class JsonPatch
{
    public static JsonNode Apply(JsonNode target, JsonArray patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        return target.DeepClone();
    }
}
