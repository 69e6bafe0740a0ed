using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Finds, and on demand drops, the fields that a schema does not know.</summary>
internal sealed class UnknownFields(bool prune)
{
    private readonly FieldPath _path = new();
    private List<string>? _found;

    /// <summary>Paths of the unknown fields in the order of the document.</summary>
    public static List<string> Of(KindDefinition kind, JsonObject obj, bool prune)
    {
        UnknownFields walk = new(prune);
        walk.Root(kind, obj);
        return walk._found ?? [];
    }

    private void Root(KindDefinition kind, JsonObject obj)
    {
        if (!kind.IsCustom)
        {
            Visit(kind.Schema, obj);
            return;
        }

        // apiVersion, kind and metadata of a custom object follow the built-in rules, whatever its schema says of them.
        if (obj["metadata"] is JsonObject metadata)
        {
            _path.Push("metadata");
            Visit(CoreSchemas.ObjectMeta, metadata);
            _path.Pop();
        }

        Fields(kind.Schema, obj, isObject: true, skipMetadata: true);
    }

    private void Visit(Schema schema, JsonNode? node)
    {
        Schema resolved = schema.Resolved;
        switch (node)
        {
            case JsonObject map when resolved.Properties.Count > 0 || !resolved.PreserveUnknownFields:
                Fields(resolved, map, resolved.EmbeddedResource, skipMetadata: false);
                break;
            case JsonArray list when resolved.Items is not null:
                for (int i = 0; i < list.Count; i++)
                {
                    if (list[i] is JsonObject or JsonArray)
                    {
                        _path.Push(i);
                        Visit(resolved.Items, list[i]);
                        _path.Pop();
                    }
                }

                break;
        }
    }

    private void Fields(Schema schema, JsonObject map, bool isObject, bool skipMetadata)
    {
        List<string>? drop = null;
        foreach ((string name, JsonNode? value) in map)
        {
            if (isObject && name is "apiVersion" or "kind" or "metadata" && (skipMetadata || !schema.Properties.ContainsKey(name)))
            {
                continue;
            }

            if (schema.Properties.TryGetValue(name, out Schema? field) || (field = schema.AdditionalProperties) is not null)
            {
                if (value is JsonObject or JsonArray)
                {
                    _path.Push(name);
                    Visit(field, value);
                    _path.Pop();
                }
            }
            else if (!schema.PreserveUnknownFields)
            {
                (_found ??= []).Add(_path.With(name));
                (drop ??= []).Add(name);
            }
        }

        if (prune && drop is not null)
        {
            foreach (string name in drop)
            {
                map.Remove(name);
            }
        }
    }
}
