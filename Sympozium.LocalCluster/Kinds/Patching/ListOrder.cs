using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Patching;

/// <summary>The order of merged lists: what the patch names in its order, the rest where it stood relative to that.</summary>
internal static class ListOrder
{
    /// <param name="merged">All items.</param>
    /// <param name="order">Items, or maps with the merge key, in the wanted order.</param>
    /// <param name="before">The list before the patch.</param>
    /// <param name="key">Merge key; null for primitives.</param>
    public static JsonArray Arrange(JsonArray merged, JsonArray order, JsonArray before, string? key)
    {
        List<JsonNode?> named = [];
        List<JsonNode?> others = [];
        foreach (JsonNode? item in merged)
        {
            (IndexOf(order, Id(item, key), key) >= 0 ? named : others).Add(item);
        }

        named = [.. named.OrderBy(item => IndexOf(order, Id(item, key), key))];
        others = [.. others.OrderBy(item => IndexOf(before, Id(item, key), key) is var index && index < 0 ? int.MaxValue : index)];
        merged.Clear();
        int left = 0, right = 0;
        while (left < others.Count || right < named.Count)
        {
            bool takeOther = right >= named.Count || (left < others.Count && StoodBefore(others[left], named[right], before, key));
            merged.Add(takeOther ? others[left++] : named[right++]);
        }

        return merged;
    }

    public static int IndexOf(JsonArray list, JsonNode? id, string? key)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(Id(list[i], key), id))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool StoodBefore(JsonNode? first, JsonNode? second, JsonArray before, string? key)
    {
        int i = IndexOf(before, Id(first, key), key);
        int j = IndexOf(before, Id(second, key), key);
        return i >= 0 && j >= 0 && i < j;
    }

    private static JsonNode? Id(JsonNode? item, string? key) => key is null ? item : (item as JsonObject)?[key];
}
