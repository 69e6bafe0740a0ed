using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>What one write did: the fields that are new or have another value, and those that went.</summary>
internal sealed record FieldChanges(FieldSet Set, FieldSet Removed)
{
    // Set by the server, owned by nobody.
    private static readonly FieldSet ServerFields = FieldSet.Parse(new JsonObject
    {
        ["f:apiVersion"] = new JsonObject(),
        ["f:kind"] = new JsonObject(),
        ["f:metadata"] = new JsonObject
        {
            ["."] = new JsonObject(),
            ["f:name"] = new JsonObject(),
            ["f:namespace"] = new JsonObject(),
            ["f:creationTimestamp"] = new JsonObject(),
            ["f:selfLink"] = new JsonObject(),
            ["f:uid"] = new JsonObject(),
            ["f:generation"] = new JsonObject(),
            ["f:resourceVersion"] = new JsonObject(),
        },
    });

    private static readonly HashSet<string> ServerMetadata =
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "resourceVersion", "managedFields"];

    public bool IsEmpty => Set.IsEmpty && Removed.IsEmpty;

    /// <summary>The set without the fields which the server itself sets.</summary>
    public static FieldSet Strip(FieldSet set) => set.Except(ServerFields);

    /// <summary>Compares two objects of a kind; <paramref name="old"/> null for none.</summary>
    public static FieldChanges Between(Schema root, JsonObject? old, JsonObject next, string? except = null)
    {
        FieldSet set = new();
        FieldSet removed = new();
        foreach ((string name, JsonNode? value) in next)
        {
            if (name is "apiVersion" or "kind" || name == except)
            {
                continue;
            }

            if (name == "metadata")
            {
                Metadata(FieldTree.Child(root, name), old?[name] as JsonObject ?? [], value as JsonObject ?? [], set, removed);
            }
            else
            {
                Field(FieldTree.Child(root, name), name, old, value, set, removed);
            }
        }

        Gone(root, old, next, removed, name => name == except || name is "apiVersion" or "kind" or "metadata");
        return new FieldChanges(set, removed);
    }

    private static void Metadata(Schema schema, JsonObject old, JsonObject next, FieldSet set, FieldSet removed)
    {
        FieldSet added = new();
        FieldSet gone = new();
        foreach ((string name, JsonNode? value) in next)
        {
            if (!ServerMetadata.Contains(name))
            {
                Field(FieldTree.Child(schema, name), name, old, value, added, gone);
            }
        }

        Gone(schema, old, next, gone, ServerMetadata.Contains);
        set.Add("f:metadata", added);
        removed.Add("f:metadata", gone);
    }

    private static void Fields(Schema schema, JsonObject old, JsonObject next, FieldSet set, FieldSet removed)
    {
        foreach ((string name, JsonNode? value) in next)
        {
            Field(FieldTree.Child(schema, name), name, old, value, set, removed);
        }

        Gone(schema, old, next, removed, _ => false);
    }

    private static void Field(Schema schema, string name, JsonObject? old, JsonNode? value, FieldSet set, FieldSet removed)
    {
        if (old is null || !old.TryGetPropertyValue(name, out JsonNode? before))
        {
            set.Add(FieldElement.Field(name), FieldTree.Everything(schema, value));
        }
        else if (before is JsonValue && value is JsonValue)
        {
            if (!JsonNode.DeepEquals(before, value))
            {
                set.Add(FieldElement.Field(name), FieldSet.Leaf);
            }
        }
        else
        {
            (FieldSet below, FieldSet gone) = Value(schema, before, value);
            set.Add(FieldElement.Field(name), below);
            removed.Add(FieldElement.Field(name), gone);
        }
    }

    private static FieldChanges Value(Schema schema, JsonNode? old, JsonNode? next)
    {
        FieldSet set = new();
        FieldSet removed = new();
        Pieces pieces = FieldTree.PiecesOf(schema, next);
        if (old is null && pieces != Pieces.One)
        {
            // What was null is there already: only what is in it now is new.
            old = pieces == Pieces.Fields ? new JsonObject() : new JsonArray();
        }

        if (pieces == Pieces.One || FieldTree.PiecesOf(schema, old) != pieces)
        {
            return new FieldChanges(JsonNode.DeepEquals(old, next) ? set : FieldSet.Leaf, removed);
        }

        if (pieces == Pieces.Fields)
        {
            Fields(schema, (JsonObject)old!, (JsonObject)next!, set, removed);
        }
        else
        {
            Items(schema, (JsonArray)old!, (JsonArray)next!, set, removed);
        }

        return new FieldChanges(set, removed);
    }

    private static void Items(Schema schema, JsonArray old, JsonArray next, FieldSet set, FieldSet removed)
    {
        Schema items = FieldTree.Item(schema);
        Dictionary<string, JsonNode?> before = new(StringComparer.Ordinal);
        foreach (JsonNode? item in old)
        {
            before.TryAdd(FieldTree.Element(schema, item), item);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonNode? item in next)
        {
            string element = FieldTree.Element(schema, item);
            if (!seen.Add(element))
            {
                continue;
            }

            if (before.Remove(element, out JsonNode? same))
            {
                (FieldSet below, FieldSet gone) = Value(items, same, item);
                set.Add(element, below);
                removed.Add(element, gone);
            }
            else
            {
                set.Add(element, FieldTree.Everything(items, item));
            }
        }

        foreach ((string element, JsonNode? item) in before)
        {
            removed.Add(element, FieldTree.Everything(items, item));
        }
    }

    private static void Gone(Schema schema, JsonObject? old, JsonObject next, FieldSet removed, Func<string, bool> skips)
    {
        foreach ((string name, JsonNode? value) in old ?? [])
        {
            if (!next.ContainsKey(name) && !skips(name))
            {
                removed.Add(FieldElement.Field(name), FieldTree.Everything(FieldTree.Child(schema, name), value));
            }
        }
    }
}
