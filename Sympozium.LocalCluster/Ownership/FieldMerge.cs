using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>Lays an applied document over an object, and takes out of it what its applier gave up.</summary>
internal static class FieldMerge
{
    /// <summary>Changes <paramref name="target"/>; the applied document is left alone.</summary>
    public static void Apply(Schema schema, JsonObject target, JsonObject applied)
    {
        foreach ((string name, JsonNode? value) in applied)
        {
            target.TryGetPropertyValue(name, out JsonNode? present);
            JsonNode? merged = Value(FieldTree.Child(schema, name), present, value);
            if (!ReferenceEquals(merged, present) || merged is null)
            {
                target[name] = merged;
            }
        }
    }

    /// <summary>Removes what <paramref name="former"/> had and nobody in <paramref name="owned"/> has.</summary>
    public static void Remove(Schema schema, JsonObject target, FieldSet former, FieldSet? owned)
    {
        foreach ((string element, FieldSet was) in former.Children)
        {
            string name = element[2..];
            if (element[0] != 'f' || !target.TryGetPropertyValue(name, out JsonNode? value))
            {
                continue;
            }

            // A declared field goes with the last thing in it; any other map entry only when it was named itself.
            bool declared = FieldTree.IsDeclared(schema, name);
            FieldSet? remains = owned?[element];
            if (Counts(was, declared) && !(remains is not null && Counts(remains, declared)))
            {
                target.Remove(name);
            }
            else if (was.HasChildren && RemoveBelow(FieldTree.Child(schema, name), value, was, remains))
            {
                target.Remove(name);
            }
        }
    }

    private static bool Counts(FieldSet node, bool declared) => node.IsMember || (declared && node.HasChildren);

    /// <summary>Whether the value is empty now and was not before.</summary>
    private static bool RemoveBelow(Schema schema, JsonNode? value, FieldSet former, FieldSet? owned)
    {
        switch (FieldTree.PiecesOf(schema, value))
        {
            case Pieces.Fields when value is JsonObject { Count: > 0 } map:
                Remove(schema, map, former, owned);
                return map.Count == 0;
            case Pieces.Keyed or Pieces.Values when value is JsonArray { Count: > 0 } list:
                RemoveItems(schema, list, former, owned);
                return list.Count == 0;
            default:
                return false;
        }
    }

    private static void RemoveItems(Schema schema, JsonArray list, FieldSet former, FieldSet? owned)
    {
        for (int i = list.Count - 1; i >= 0; i--)
        {
            string element = FieldTree.Element(schema, list[i]);
            if (former[element] is not { } was)
            {
                continue;
            }

            FieldSet? remains = owned?[element];
            if (was.IsMember && remains?.IsMember != true)
            {
                list.RemoveAt(i);
            }
            else if (list[i] is JsonObject item)
            {
                Remove(FieldTree.Item(schema), item, was, remains);
            }
        }
    }

    private static JsonNode? Value(Schema schema, JsonNode? present, JsonNode? applied)
    {
        Pieces pieces = FieldTree.PiecesOf(schema, applied);
        if (pieces == Pieces.One || FieldTree.PiecesOf(schema, present) != pieces)
        {
            return applied?.DeepClone();
        }

        if (pieces == Pieces.Fields)
        {
            Apply(schema, (JsonObject)present!, (JsonObject)applied!);
            return present;
        }

        return List(schema, (JsonArray)present!, (JsonArray)applied!);
    }

    // The applied order counts for the applied items; the others keep their place among their neighbours.
    private static JsonArray List(Schema schema, JsonArray present, JsonArray applied)
    {
        Schema items = FieldTree.Item(schema);
        List<string> before = [.. present.Select(item => FieldTree.Element(schema, item))];
        List<string> wanted = [.. applied.Select(item => FieldTree.Element(schema, item))];
        HashSet<string> named = new(wanted, StringComparer.Ordinal);
        HashSet<string> done = new(StringComparer.Ordinal);
        JsonArray merged = [];
        int left = 0;
        for (int right = 0; right < wanted.Count; right++)
        {
            for (; left < before.Count && (!named.Contains(before[left]) || done.Contains(before[left])); left++)
            {
                if (!named.Contains(before[left]))
                {
                    merged.Add(present[left]?.DeepClone());
                }
            }

            string element = wanted[right];
            if (!done.Add(element))
            {
                continue;
            }

            int index = before.IndexOf(element);
            merged.Add(index < 0 ? applied[right]?.DeepClone() : Value(items, present[index]?.DeepClone(), applied[right]));
        }

        for (; left < before.Count; left++)
        {
            if (!named.Contains(before[left]))
            {
                merged.Add(present[left]?.DeepClone());
            }
        }

        return merged;
    }
}
