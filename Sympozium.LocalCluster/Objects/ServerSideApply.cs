using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// The merge of an apply: maps are merged, lists are merged by their keys where the schema declares such, all else is taken
/// from the applied document. Ownership of fields is not tracked: a field that is no longer applied stays.
/// </summary>
internal static class ServerSideApply
{
    public static JsonObject Merge(KindDefinition kind, JsonObject current, JsonObject applied)
    {
        MergeObject(kind.Schema.Resolved, current, applied);
        return current;
    }

    private static void MergeObject(Schema schema, JsonObject target, JsonObject applied)
    {
        foreach ((string name, JsonNode? value) in applied)
        {
            Schema child = Child(schema, name);
            target[name] = MergeValue(child, target[name], value);
        }
    }

    private static JsonNode? MergeValue(Schema schema, JsonNode? target, JsonNode? applied)
    {
        switch (applied)
        {
            case JsonObject changes when target is JsonObject present && schema.MapType != "atomic":
                MergeObject(schema, present, changes);
                return present.Parent is null ? present : present.DeepClone();
            case JsonArray changes when target is JsonArray present && schema.ListType == "map" && schema.ListMapKeys.Count > 0:
                return MergeList(schema, present, changes);
            case JsonArray changes when target is JsonArray present && schema.ListType == "set":
                return MergeSet(present, changes);
            default:
                return applied?.DeepClone();
        }
    }

    private static JsonArray MergeList(Schema schema, JsonArray present, JsonArray changes)
    {
        JsonArray merged = (JsonArray)present.DeepClone();
        Schema items = schema.Items?.Resolved ?? Schema.Open;
        foreach (JsonNode? change in changes)
        {
            int index = FindByKeys(schema, merged, change as JsonObject);
            if (index >= 0 && change is JsonObject changed)
            {
                MergeObject(items, merged[index]!.AsObject(), changed);
            }
            else
            {
                merged.Add(change?.DeepClone());
            }
        }

        return merged;
    }

    private static int FindByKeys(Schema schema, JsonArray list, JsonObject? wanted)
    {
        for (int i = 0; wanted is not null && i < list.Count; i++)
        {
            if (list[i] is JsonObject item && schema.ListMapKeys.All(key => JsonNode.DeepEquals(item[key], wanted[key])))
            {
                return i;
            }
        }

        return -1;
    }

    private static JsonArray MergeSet(JsonArray present, JsonArray changes)
    {
        JsonArray merged = (JsonArray)present.DeepClone();
        foreach (JsonNode? change in changes)
        {
            if (!merged.Any(item => JsonNode.DeepEquals(item, change)))
            {
                merged.Add(change?.DeepClone());
            }
        }

        return merged;
    }

    private static Schema Child(Schema schema, string name) => schema.Properties.TryGetValue(name, out Schema? property)
        ? property.Resolved
        : schema.AdditionalProperties?.Resolved ?? Schema.Open;
}
