using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Validates custom objects: schema, lists that are sets or maps, replica counts.</summary>
internal static class CustomObjectRules
{
    /// <param name="kind">The object's kind.</param>
    /// <param name="obj">The object.</param>
    /// <param name="status">Only the status was written.</param>
    /// <param name="problems">Where problems go.</param>
    public static void Validate(KindDefinition kind, JsonObject obj, bool status, List<FieldProblem> problems)
    {
        if (status)
        {
            if (kind.Schema.Properties.TryGetValue("status", out Schema? schema) && obj.ContainsKey("status"))
            {
                new SchemaValidator(problems, "status").Validate(schema, obj["status"]);
                new ListUniqueness(problems, "status").Visit(schema, obj["status"]);
            }

            return;
        }

        new SchemaValidator(problems).Validate(kind.Schema, obj);
        new ListUniqueness(problems).Visit(kind.Schema, obj);
        Scale(kind.Scale, obj, problems);
    }

    private static void Scale(ScalePaths? scale, JsonObject obj, List<FieldProblem> problems)
    {
        if (scale is null)
        {
            return;
        }

        JsonNode? node = obj;
        foreach (string step in scale.SpecReplicas.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is null)
            {
                return;
            }

            if (node is not JsonObject map)
            {
                string shown = node is JsonArray ? "[] is of the type []interface {}" : $"{node} is of the type {GoJson.KindOf(node)}";
                problems.Invalid(scale.SpecReplicas, 0, $"{scale.SpecReplicas} accessor error: {shown}, expected map[string]interface{{}}");
                return;
            }

            node = map[step];
        }

        if (GoJson.Integer(node) is < 0)
        {
            problems.Invalid(scale.SpecReplicas, node, "should be a non-negative integer");
        }
    }
}

/// <summary>Finds items that a list of type set or map holds twice.</summary>
internal sealed class ListUniqueness(List<FieldProblem> problems, string root = "")
{
    private readonly FieldPath _path = new();

    public void Visit(Schema schema, JsonNode? node)
    {
        if (node is JsonObject map)
        {
            foreach ((string name, JsonNode? value) in map)
            {
                if (value is JsonObject or JsonArray && FieldSchema.Of(schema, name) is { } field)
                {
                    _path.Push(name);
                    Visit(field, value);
                    _path.Pop();
                }
            }
        }
        else if (node is JsonArray list)
        {
            if (schema.ListType is "set" or "map")
            {
                Check(schema, list);
            }

            for (int i = 0; schema.Items is not null && i < list.Count; i++)
            {
                _path.Push(i);
                Visit(schema.Items, list[i]);
                _path.Pop();
            }
        }
    }

    private void Check(Schema schema, JsonArray list)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < list.Count; i++)
        {
            JsonNode? id = schema.ListType == "set" ? list[i] : Key(schema, list[i]);
            if (!seen.Add(GoJson.Show(id)))
            {
                _path.Push(i);
                problems.Duplicate(root.Length == 0 ? _path.ToString() : $"{root}.{_path}", id);
                _path.Pop();
            }
        }
    }

    private static JsonObject Key(Schema schema, JsonNode? item)
    {
        JsonObject key = [];
        foreach (string name in schema.ListMapKeys)
        {
            if ((item as JsonObject)?[name] is { } value)
            {
                key[name] = value.DeepClone();
            }
        }

        return key;
    }
}
