using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>In what pieces a value is owned.</summary>
internal enum Pieces
{
    /// <summary>As a whole.</summary>
    One,

    /// <summary>By its fields.</summary>
    Fields,

    /// <summary>By items that their keys tell apart.</summary>
    Keyed,

    /// <summary>By items that are their own keys.</summary>
    Values,
}

/// <summary>How the values of a kind fall into fields that can be owned, and the sets of fields of values.</summary>
internal static class FieldTree
{
    private static readonly ConditionalWeakTable<KindDefinition, Schema> Roots = [];

    private static readonly Schema Text = new() { Type = "string" };

    /// <summary>The schema of whole objects; a custom kind's own schema says nothing of metadata.</summary>
    public static Schema Root(KindDefinition kind) => kind.IsCustom ? Roots.GetValue(kind, CustomRoot) : kind.Schema;

    public static bool IsDeclared(Schema schema, string name) => schema.Resolved.Properties.ContainsKey(name);

    /// <summary>What the schema does not know is deduced from the value.</summary>
    public static Schema Child(Schema schema, string name) => FieldSchema.Of(schema, name) ?? Schema.Anything;

    public static Schema Item(Schema list) => list.Items ?? list.Resolved.Items ?? Schema.Anything;

    public static Pieces PiecesOf(Schema schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject:
                return (schema.MapType ?? schema.Resolved.MapType) == "atomic" ? Pieces.One : Pieces.Fields;
            case JsonArray list:
                return schema.ListType switch
                {
                    "map" when schema.ListMapKeys.Count > 0 && list.All(item => FieldElement.Key(schema, item) is not null) => Pieces.Keyed,
                    "set" => Pieces.Values,
                    _ => Pieces.One,
                };
            default:
                return Pieces.One;
        }
    }

    public static string Element(Schema list, JsonNode? item) => list.ListType == "set" ? FieldElement.Value(item) : FieldElement.Key(list, item)!;

    /// <summary>What an applied document claims: its leaves, and the items of its lists.</summary>
    public static FieldSet Claimed(Schema schema, JsonNode? value)
    {
        Pieces pieces = PiecesOf(schema, value);
        if (pieces == Pieces.One)
        {
            return FieldSet.Leaf;
        }

        FieldSet set = new();
        if (pieces == Pieces.Fields)
        {
            foreach ((string name, JsonNode? below) in (JsonObject)value!)
            {
                bool isMember = below is null or JsonObject { Count: 0 } || !IsDeclared(schema, name);
                FieldSet claimed = Claimed(Child(schema, name), below);
                set.Add(FieldElement.Field(name), isMember ? claimed.WithMember(true) : claimed);
            }

            return set;
        }

        Items(schema, (JsonArray)value!, set, Claimed);
        return set;
    }

    /// <summary>Every node of a value that came or went as a whole, the value's own included.</summary>
    public static FieldSet Everything(Schema schema, JsonNode? value)
    {
        Pieces pieces = PiecesOf(schema, value);
        if (pieces == Pieces.One)
        {
            return FieldSet.Leaf;
        }

        FieldSet set = new() { IsMember = true };
        if (pieces == Pieces.Fields)
        {
            foreach ((string name, JsonNode? below) in (JsonObject)value!)
            {
                set.Add(FieldElement.Field(name), Everything(Child(schema, name), below));
            }

            return set;
        }

        Items(schema, (JsonArray)value!, set, Everything);
        return set;
    }

    private static void Items(Schema schema, JsonArray list, FieldSet set, Func<Schema, JsonNode?, FieldSet> below)
    {
        Schema items = Item(schema);
        foreach (JsonNode? item in list)
        {
            string element = Element(schema, item);
            if (set[element] is null)
            {
                set.Add(element, below(items, item).WithMember(true));
            }
        }
    }

    private static Schema CustomRoot(KindDefinition kind)
    {
        Dictionary<string, Schema> properties = new(kind.Schema.Properties, StringComparer.Ordinal)
        {
            ["apiVersion"] = Text,
            ["kind"] = Text,
            ["metadata"] = CoreSchemas.ObjectMeta,
        };
        return new Schema { Type = "object", Properties = properties, PreserveUnknownFields = kind.Schema.PreserveUnknownFields };
    }
}
