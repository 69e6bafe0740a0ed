using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>Finds items of lists of type map again by their keys.</summary>
internal static class CorrelatedItems
{
    /// <summary>The item of the old list that the item was; null when the list cannot say.</summary>
    public static JsonNode? Find(Schema list, JsonNode? item, JsonArray? old)
    {
        if (list.ListType != "map" || old is null || item is not JsonObject map)
        {
            return null;
        }

        return old.OfType<JsonObject>().FirstOrDefault(candidate => list.ListMapKeys.All(key => JsonNode.DeepEquals(candidate[key], map[key])));
    }
}
