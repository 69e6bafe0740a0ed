using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Defaults of structural schemas, and the nulls that such a schema does not allow.</summary>
internal static class SchemaDefaults
{
    /// <summary>Fills in defaults below <paramref name="node"/>; a null where the schema wants a value is replaced by the default or dropped.</summary>
    public static void Apply(Schema schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                Fields(schema, map);
                break;
            case JsonArray list when schema.Items is not null:
                for (int i = 0; i < list.Count; i++)
                {
                    if (list[i] is null && !schema.Items.Nullable && schema.Items.HasDefault)
                    {
                        list[i] = schema.Items.Default?.DeepClone();
                    }

                    Apply(schema.Items, list[i]);
                }

                break;
        }
    }

    private static void Fields(Schema schema, JsonObject map)
    {
        if (schema.DefaultsBelow)
        {
            foreach ((string name, Schema field) in schema.Properties)
            {
                if (field.HasDefault && !map.ContainsKey(name))
                {
                    map[name] = field.Default?.DeepClone();
                }
            }
        }

        List<(string Name, Schema Field)>? nulls = null;
        foreach ((string name, JsonNode? value) in map)
        {
            Schema? field = schema.Properties.TryGetValue(name, out Schema? property) ? property : schema.AdditionalProperties;
            if (field is null)
            {
                continue;
            }

            if (value is null)
            {
                if (!field.Nullable)
                {
                    (nulls ??= []).Add((name, field));
                }
            }
            else
            {
                Apply(field, value);
            }
        }

        foreach ((string name, Schema field) in nulls ?? [])
        {
            if (field.HasDefault)
            {
                map[name] = field.Default?.DeepClone();
                Apply(field, map[name]);
            }
            else
            {
                map.Remove(name);
            }
        }
    }
}
