using System.Text.Json.Nodes;

namespace Sympozium.Cli.Applying;

/// <summary>
/// The merge patch of client-side apply: what the manifest says wins, what it said last time and says no more is deleted, what others set
/// stays. Lists are values as a whole, except those of built-in kinds whose items have a key (containers, env, volumes ...).
/// </summary>
internal static class ThreeWayMerge
{
    private static readonly Dictionary<string, string[]> ListKeys = new(StringComparer.Ordinal)
    {
        ["containers"] = ["name"],
        ["initContainers"] = ["name"],
        ["ephemeralContainers"] = ["name"],
        ["env"] = ["name"],
        ["volumes"] = ["name"],
        ["volumeMounts"] = ["mountPath"],
        ["volumeDevices"] = ["devicePath"],
        ["ports"] = ["containerPort", "port"],
        ["imagePullSecrets"] = ["name"],
        ["secrets"] = ["name"],
        ["hostAliases"] = ["ip"],
        ["ownerReferences"] = ["uid"],
    };

    /// <summary>The patch (RFC 7386) that turns <paramref name="current"/> into what is wanted; empty when nothing is to do.</summary>
    /// <param name="original">What was applied last; null when nothing was.</param>
    /// <param name="modified">What is applied now.</param>
    /// <param name="current">What the server has.</param>
    /// <param name="mergeLists">Whether keyed lists are merged: for built-in kinds.</param>
    public static JsonObject CreatePatch(JsonObject? original, JsonObject modified, JsonObject current, bool mergeLists) =>
        Difference(original, modified, current, mergeLists) ?? [];

    /// <summary>Whether kubectl knows the schema of a group's kinds and so merges their lists.</summary>
    public static bool MergesLists(string group) => !group.Contains('.') || group.EndsWith(".k8s.io", StringComparison.Ordinal);

    private static JsonObject? Difference(JsonObject? original, JsonObject modified, JsonObject current, bool mergeLists)
    {
        JsonObject patch = [];
        foreach ((string name, JsonNode? wanted) in modified)
        {
            JsonNode? present = current[name];
            JsonNode? before = original?[name];
            if (wanted is null)
            {
                // An explicit null asks for removal, as in a merge patch.
                AddIf(patch, name, null, present is not null);
            }
            else if (wanted is JsonObject wantedObject && present is JsonObject presentObject)
            {
                JsonObject? inner = Difference(before as JsonObject, wantedObject, presentObject, mergeLists);
                AddIf(patch, name, inner, inner is not null);
            }
            else
            {
                JsonNode merged = mergeLists && wanted is JsonArray wantedList && present is JsonArray presentList
                    ? MergeList(name, before as JsonArray, wantedList, presentList)
                    : wanted.DeepClone();
                AddIf(patch, name, merged, !JsonNode.DeepEquals(merged, present));
            }
        }
        foreach ((string name, JsonNode? _) in original ?? [])
        {
            AddIf(patch, name, null, !modified.ContainsKey(name) && current.ContainsKey(name));
        }
        return patch.Count > 0 ? patch : null;
    }

    private static JsonArray MergeList(string name, JsonArray? original, JsonArray wanted, JsonArray present)
    {
        if (KeyOf(name, wanted) is not { } key || Index(wanted, key) is not { } wantedItems
            || Index(present, key) is not { } presentItems || Index(original ?? [], key) is not { } originalItems)
        {
            return (JsonArray)wanted.DeepClone();
        }
        JsonArray merged = [];
        foreach ((string id, JsonObject item) in presentItems)
        {
            if (wantedItems.TryGetValue(id, out JsonObject? mine))
            {
                originalItems.TryGetValue(id, out JsonObject? before);
                merged.Add(Patched(item, Difference(before, mine, item, mergeLists: true)));
            }
            else if (!originalItems.ContainsKey(id))
            {
                merged.Add(item.DeepClone());
            }
        }
        foreach ((string id, JsonObject item) in wantedItems.Where(i => !presentItems.ContainsKey(i.Key)))
        {
            merged.Add(item.DeepClone());
        }
        return merged;
    }

    private static string? KeyOf(string name, JsonArray items) => ListKeys.GetValueOrDefault(name)
        ?.FirstOrDefault(key => items.All(i => i is JsonObject item && item[key] is JsonValue));

    // Null when an item has no key or two have the same: such a list cannot be merged.
    private static OrderedDictionary<string, JsonObject>? Index(JsonArray items, string key)
    {
        OrderedDictionary<string, JsonObject> index = [];
        return items.All(i => i is JsonObject item && item[key] is JsonValue value && index.TryAdd(value.ToJsonString(), item)) ? index : null;
    }

    private static JsonObject Patched(JsonObject target, JsonObject? patch)
    {
        JsonObject result = (JsonObject)target.DeepClone();
        foreach ((string name, JsonNode? value) in patch ?? [])
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = value is JsonObject inner && result[name] is JsonObject nested ? Patched(nested, inner) : value.DeepClone();
            }
        }
        return result;
    }

    private static void AddIf(JsonObject patch, string name, JsonNode? value, bool condition)
    {
        if (condition)
        {
            patch[name] = value;
        }
    }
}
