using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Validations;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Validates custom objects: schema, lists that are sets or maps, replica counts.</summary>
internal static class CustomObjectRules
{
    private const string NotChecked =
        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

    // With one of these wrong, rules could meet values that their types exclude.
    private static readonly string[] Blocking =
        [ProblemReasons.NotSupported, ProblemReasons.Required, ProblemReasons.TooLong, ProblemReasons.TooMany, ProblemReasons.TypeInvalid];

    /// <param name="kind">The object's kind.</param>
    /// <param name="obj">The object.</param>
    /// <param name="old">The stored object of an update: what it has wrong already may stay.</param>
    /// <param name="status">Only the status was written.</param>
    /// <param name="problems">Where problems go.</param>
    public static void Validate(KindDefinition kind, JsonObject obj, JsonObject? old, bool status, List<FieldProblem> problems)
    {
        List<FieldProblem> found = [];
        if (status)
        {
            if (kind.Schema.Properties.TryGetValue("status", out Schema? schema) && obj.ContainsKey("status"))
            {
                new SchemaValidator(found, "status").Validate(schema, obj["status"], old?["status"]);
                Lists(schema, obj["status"], old?["status"], "status", found);
            }
        }
        else
        {
            new SchemaValidator(found).Validate(kind.Schema, obj, old);
            new EmbeddedResources(found).Visit(kind.Schema, obj);
            Lists(kind.Schema, obj, old, "", found);
            Scale(kind.Scale, obj, found);
        }

        if (ValidationTree.Of(kind) is { } rules)
        {
            if (found.Any(problem => Blocking.Contains(problem.Reason)))
            {
                found.Add(new FieldProblem("<nil>", ProblemReasons.Invalid, NotChecked));
            }
            else
            {
                new ValidationRun(found).Visit(rules, obj, old);
            }
        }

        problems.AddRange(found);
    }

    private static void Lists(Schema schema, JsonNode? value, JsonNode? old, string root, List<FieldProblem> problems)
    {
        List<FieldProblem> twice = [];
        new ListUniqueness(twice, root).Visit(schema, value);
        if (twice.Count > 0 && old is not null)
        {
            List<FieldProblem> before = [];
            new ListUniqueness(before, root).Visit(schema, old);
            if (before.Count > 0)
            {
                return;
            }
        }

        problems.AddRange(twice);
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
