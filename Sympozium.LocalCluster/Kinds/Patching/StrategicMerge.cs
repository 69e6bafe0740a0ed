using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Patching;

/// <summary>
/// Strategic merge patch: a merge patch that knows from the schema which lists are maps in disguise, with the directives
/// <c>$patch</c>, <c>$retainKeys</c>, <c>$deleteFromPrimitiveList/x</c> and <c>$setElementOrder/x</c>.
/// </summary>
internal static class StrategicMerge
{
    private const string PatchDirective = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteFromPrimitiveList = "$deleteFromPrimitiveList/";
    private const string SetElementOrder = "$setElementOrder/";

    public static JsonObject Apply(Schema schema, JsonObject target, JsonObject patch) =>
        MergeMap(target.DeepClone().AsObject(), patch.DeepClone().AsObject(), schema);

    /// <summary>Merges into <paramref name="original"/>; both arguments are consumed.</summary>
    private static JsonObject MergeMap(JsonObject original, JsonObject patch, Schema schema)
    {
        if (patch.TryGetPropertyValue(PatchDirective, out JsonNode? directive))
        {
            switch (directive is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null)
            {
                case "replace":
                    patch.Remove(PatchDirective);
                    return patch;
                case "delete":
                    return [];
                case "merge":
                    patch.Remove(PatchDirective);
                    break;
                default:
                    throw Patches.Malformed($"unknown patch type: {directive?.ToJsonString()}");
            }
        }

        Retain(original, patch);
        MergeOrderedLists(original, patch, schema);
        foreach ((string key, JsonNode? value) in patch.ToArray())
        {
            patch.Remove(key);
            if (key.StartsWith(DeleteFromPrimitiveList, StringComparison.Ordinal))
            {
                DeletePrimitives(original, key[DeleteFromPrimitiveList.Length..], value);
            }
            else
            {
                MergeField(original, key, value, FieldSchema.Of(schema, key));
            }
        }

        return original;
    }

    private static void MergeField(JsonObject original, string key, JsonNode? value, Schema? field)
    {
        if (value is null)
        {
            original.Remove(key);
            return;
        }

        JsonNode? present = original[key];
        if (present is JsonObject && value is JsonObject changes)
        {
            bool replace = field is not null && HasStrategy(field, "replace");
            original.Remove(key);
            original[key] = replace ? WithoutDirectives(changes) : MergeMap((JsonObject)present, changes, field ?? Schema.Open);
        }
        else if (present is JsonArray list && value is JsonArray additions && field is not null && HasStrategy(field, "merge"))
        {
            original.Remove(key);
            original[key] = MergeList(list, additions, field);
        }
        else
        {
            original[key] = WithoutDirectives(value);
        }
    }

    /// <summary>Lists for which the patch says the order: merge first, then order everything.</summary>
    private static void MergeOrderedLists(JsonObject original, JsonObject patch, Schema schema)
    {
        foreach ((string key, JsonNode? value) in patch.Where(pair => pair.Key.StartsWith(SetElementOrder, StringComparison.Ordinal)).ToArray())
        {
            patch.Remove(key);
            string name = key[SetElementOrder.Length..];
            Schema? field = FieldSchema.Of(schema, name);
            if (value is not JsonArray order || field is null)
            {
                throw Patches.Malformed($"invalid value for {key}");
            }

            JsonArray? deletions = patch[DeleteFromPrimitiveList + name] as JsonArray;
            patch.Remove(DeleteFromPrimitiveList + name);
            JsonArray? present = original[name] as JsonArray;
            JsonArray? additions = patch[name] as JsonArray;
            if (patch.ContainsKey(name) && additions is null)
            {
                continue;
            }

            patch.Remove(name);
            original.Remove(name);
            JsonArray before = present?.DeepClone().AsArray() ?? [];
            JsonArray merged = additions is null ? present ?? [] : MergeList(present ?? [], additions, field);
            Delete(merged, deletions);
            if (merged.Count > 0 || present is not null)
            {
                original[name] = ListOrder.Arrange(merged, order, before, MergeKey(field, merged));
            }
        }
    }

    private static JsonArray MergeList(JsonArray original, JsonArray patch, Schema field)
    {
        JsonArray before = original.DeepClone().AsArray();
        bool maps = patch.Concat(original).FirstOrDefault() is JsonObject;
        if (!maps)
        {
            foreach (JsonNode? item in patch.Where(item => !original.Any(present => JsonNode.DeepEquals(present, item))).ToArray())
            {
                original.Add(item?.DeepClone());
            }

            return ListOrder.Arrange(original, patch, before, null);
        }

        string key = field.PatchMergeKey ?? throw Patches.Malformed("cannot merge lists without merge key");
        if (TakeSpecialElements(original, patch, key))
        {
            original.Clear();
        }

        Schema item0 = field.Items?.Resolved ?? Schema.Open;
        foreach (JsonNode? node in patch.ToArray())
        {
            JsonObject item = node as JsonObject ?? throw Patches.Malformed("all values in list must be objects");
            if (!item.TryGetPropertyValue(key, out JsonNode? id))
            {
                throw Patches.Malformed($"map: {item.ToJsonString()} does not contain declared merge key: {key}");
            }

            int index = ListOrder.IndexOf(original, id, key);
            if (index < 0)
            {
                original.Add(WithoutDirectives(item.DeepClone()));
                continue;
            }

            JsonObject present = original[index] as JsonObject ?? [];
            original[index] = new JsonObject();
            original[index] = MergeMap(present, item.DeepClone().AsObject(), item0);
        }

        return ListOrder.Arrange(original, patch, before, key);
    }

    /// <summary>Removes what <c>$patch: delete</c> names; true when <c>$patch: replace</c> clears the list.</summary>
    private static bool TakeSpecialElements(JsonArray original, JsonArray patch, string key)
    {
        bool replace = false;
        for (int i = patch.Count - 1; i >= 0; i--)
        {
            if (patch[i] is not JsonObject item || !item.TryGetPropertyValue(PatchDirective, out JsonNode? directive))
            {
                continue;
            }

            switch (directive?.ToString())
            {
                case "delete":
                    if (!item.TryGetPropertyValue(key, out JsonNode? id))
                    {
                        throw Patches.Malformed($"map: {item.ToJsonString()} does not contain declared merge key: {key}");
                    }

                    for (int found = ListOrder.IndexOf(original, id, key); found >= 0; found = ListOrder.IndexOf(original, id, key))
                    {
                        original.RemoveAt(found);
                    }

                    break;
                case "replace":
                    replace = true;
                    break;
                case "merge":
                    throw Patches.Malformed("merging lists cannot yet be specified in the patch");
                default:
                    throw Patches.Malformed($"unknown patch type: {directive?.ToJsonString()}");
            }

            patch.RemoveAt(i);
        }

        return replace;
    }

    private static void Retain(JsonObject original, JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out JsonNode? value))
        {
            return;
        }

        patch.Remove(RetainKeys);
        HashSet<string> keep = new((value as JsonArray ?? []).Select(key => key?.ToString() ?? ""), StringComparer.Ordinal);
        foreach ((string key, JsonNode? change) in patch)
        {
            if (change is not null && key[0] != '$' && !keep.Contains(key))
            {
                throw Patches.Malformed("invalid patch format of retainKeys");
            }
        }

        foreach (string key in original.Select(pair => pair.Key).Where(key => !keep.Contains(key)).ToArray())
        {
            original.Remove(key);
        }
    }

    private static void DeletePrimitives(JsonObject original, string name, JsonNode? value)
    {
        if (original[name] is JsonArray present)
        {
            Delete(present, value as JsonArray);
        }
    }

    private static void Delete(JsonArray list, JsonArray? deletions)
    {
        foreach (JsonNode? gone in deletions ?? [])
        {
            for (int i = list.Count - 1; i >= 0; i--)
            {
                if (JsonNode.DeepEquals(list[i], gone))
                {
                    list.RemoveAt(i);
                }
            }
        }
    }

    private static string? MergeKey(Schema field, JsonArray items) => items.FirstOrDefault() is JsonObject ? field.PatchMergeKey : null;

    private static bool HasStrategy(Schema field, string strategy) =>
        field.PatchStrategy?.Split(',').Contains(strategy, StringComparer.Ordinal) == true;

    /// <summary>A value that is new to the object: directives mean nothing any more, nulls delete nothing.</summary>
    private static JsonNode WithoutDirectives(JsonNode value)
    {
        if (value is JsonArray list)
        {
            JsonArray items = [];
            foreach (JsonNode? item in list)
            {
                if (item is not JsonObject map || !map.ContainsKey(PatchDirective) || map[PatchDirective]?.ToString() is not ("delete" or "replace"))
                {
                    items.Add(item is null ? null : WithoutDirectives(item));
                }
            }

            return items;
        }

        if (value is not JsonObject fields)
        {
            return value.DeepClone();
        }

        JsonObject clean = [];
        foreach ((string key, JsonNode? child) in fields)
        {
            bool directive = key is PatchDirective or RetainKeys || key.StartsWith(SetElementOrder, StringComparison.Ordinal)
                || key.StartsWith(DeleteFromPrimitiveList, StringComparison.Ordinal);
            if (!directive && child is not null)
            {
                clean[key] = WithoutDirectives(child);
            }
        }

        return clean;
    }
}
