using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Validations;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Validates a value against an OpenAPI schema, with the messages of the Kubernetes API server.</summary>
internal sealed class SchemaValidator(List<FieldProblem> problems, string root = "")
{
    private const string NowhereInParticular = "<nil>";

    private readonly FieldPath _path = new();

    /// <summary>Problems found so far; a nested validation looks whether this grew.</summary>
    public int Count => problems.Count;

    /// <param name="schema">The schema.</param>
    /// <param name="node">The value.</param>
    /// <param name="old">The value before an update: a part that has not changed is not held against it.</param>
    public void Validate(Schema schema, JsonNode? node, JsonNode? old = null)
    {
        int before = problems.Count;
        Check(schema, node, old);
        if (problems.Count > before && old is not null && JsonNode.DeepEquals(node, old))
        {
            problems.RemoveRange(before, problems.Count - before);
        }
    }

    private void Check(Schema schema, JsonNode? node, JsonNode? old)
    {
        if (node is null)
        {
            Null(schema);
            return;
        }

        string type = TypeOf(node);
        if (!TypeFits(schema, type, node))
        {
            return;
        }

        if (schema.Enum.Count > 0 && !schema.Enum.Any(choice => JsonNode.DeepEquals(choice, node)))
        {
            problems.NotSupported(Path, node, schema.Enum.Select(choice => GoJson.Text(choice) ?? GoJson.Show(choice)));
        }

        switch (type)
        {
            case "object":
                Object(schema, (JsonObject)node, old as JsonObject);
                break;
            case "array":
                Array(schema, (JsonArray)node, old as JsonArray);
                break;
            case "string":
                Text(schema, node);
                break;
            case "integer" or "number":
                Number(schema, node);
                break;
        }

        if (schema.AllOf.Count + schema.AnyOf.Count + schema.OneOf.Count > 0 || schema.Not is not null)
        {
            Combinations(schema, node);
        }
    }

    private void Null(Schema schema)
    {
        if (!schema.Nullable && (schema.Type is not null || schema.IntOrString))
        {
            WrongType(schema.Type ?? "integer,string", "null");
        }
    }

    private string Path => root.Length == 0 ? _path.ToString() : _path.Depth == 0 ? root : $"{root}.{_path}";

    /// <summary>The validated document's own name for the place: without the root that only the answer shows.</summary>
    private string Local => _path.ToString();

    private static string TypeOf(JsonNode node) => node switch
    {
        JsonObject => "object",
        JsonArray => "array",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Number => GoJson.Integer(node) is null ? "number" : "integer",
            _ => "null",
        },
    };

    private bool TypeFits(Schema schema, string type, JsonNode node)
    {
        if (schema.IntOrString)
        {
            if (type is "integer" or "string")
            {
                return true;
            }

            WrongType("integer,string", type);
            return false;
        }

        if (schema.Type is null || schema.Type == type || (schema.Type == "number" && type == "integer"))
        {
            return true;
        }

        if (schema.Type == "integer" && type == "number")
        {
            problems.Add(new FieldProblem(
                NowhereInParticular, ProblemReasons.Invalid, $"Invalid value: \"\": Checked value must be of type integer (default format) in {Local}"));
        }

        WrongType(schema.Type, type);
        return false;
    }

    private void WrongType(string wanted, string type) => problems.Add(new FieldProblem(
        Path, ProblemReasons.TypeInvalid, $"Invalid value: \"{type}\": {Local} in body must be of type {wanted}: \"{type}\""));

    private void Wrong(JsonNode node, string detail) => problems.Invalid(Path, node, $"{Local} in body {detail}");

    private void Object(Schema schema, JsonObject map, JsonObject? old)
    {
        foreach (string required in schema.Required)
        {
            if (!map.ContainsKey(required))
            {
                _path.Push(required);
                problems.Required(Path);
                _path.Pop();
            }
        }

        if (schema.MinProperties is { } least && map.Count < least)
        {
            Wrong(map, $"should have at least {Show(least)} properties");
        }

        if (schema.MaxProperties is { } most && map.Count > most)
        {
            TooMany(map.Count, most);
        }

        foreach ((string name, JsonNode? value) in map)
        {
            Schema? field = schema.Properties.TryGetValue(name, out Schema? property) ? property : schema.AdditionalProperties;
            if (field is not null)
            {
                _path.Push(name);
                Validate(field, value, old?[name]);
                _path.Pop();
            }
        }
    }

    private void Array(Schema schema, JsonArray list, JsonArray? old)
    {
        if (schema.MinItems is { } least && list.Count < least)
        {
            Wrong(list.Count, $"should have at least {Show(least)} items");
        }

        if (schema.MaxItems is { } most && list.Count > most)
        {
            TooMany(list.Count, most);
        }

        if (schema.UniqueItems && list.Select(GoJson.Show).Distinct(StringComparer.Ordinal).Count() != list.Count)
        {
            Wrong(list, "shouldn't contain duplicates");
        }

        for (int i = 0; schema.Items is not null && i < list.Count; i++)
        {
            _path.Push(i);
            Validate(schema.Items, list[i], CorrelatedItems.Find(schema, list[i], old));
            _path.Pop();
        }
    }

    private void TooMany(long actual, long most)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"Too many: {actual}: must have at most {most} items");
        problems.Add(new FieldProblem(Path, ProblemReasons.TooMany, text));
    }

    private void Text(Schema schema, JsonNode node)
    {
        string text = node.GetValue<string>();
        // The first rule of these that is broken is reported, as Kubernetes does.
        if (schema.MaxLength is { } most && Runes(text) > most)
        {
            problems.TooLong(Path, most);
        }
        else if (schema.MinLength is { } least && Runes(text) < least)
        {
            Wrong(node, $"should be at least {Show(least)} chars long");
        }
        else if (schema.Pattern is { } pattern && !Patterns.IsMatch(pattern, text))
        {
            Wrong(node, $"should match '{pattern}'");
        }

        if (schema.Format is { } format && !schema.IntOrString && !Formats.IsValid(format, text))
        {
            string message = $"Invalid value: {GoJson.Quote(text)}: {Local} in body must be of type {format}: {GoJson.Quote(text)}";
            problems.Add(new FieldProblem(Path, ProblemReasons.TypeInvalid, message));
        }
    }

    private void Number(Schema schema, JsonNode node)
    {
        double number = GoJson.Number(node) ?? 0;
        if (schema.MultipleOf is { } factor)
        {
            Multiple(node, number, factor);
        }

        if (schema.Maximum is { } most && (schema.ExclusiveMaximum ? number >= most : number > most))
        {
            Wrong(node, $"should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{Show(most)}");
        }

        if (schema.Minimum is { } least && (schema.ExclusiveMinimum ? number <= least : number < least))
        {
            Wrong(node, $"should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{Show(least)}");
        }

        if (schema.Format == "int32" && number is < int.MinValue or > int.MaxValue)
        {
            problems.Add(new FieldProblem(
                NowhereInParticular, ProblemReasons.Invalid, $"Invalid value: \"\": Checked value must be of type integer with format int32 in {Local}"));
        }
    }

    private void Multiple(JsonNode node, double number, double factor)
    {
        double quotient = number / factor;
        if (number == 0 && factor != 0)
        {
            // Kubernetes' validator takes the value for the factor here; people may look for this very text.
            problems.Invalid(Path, node, $"factor MultipleOf declared for {Local} must be positive: 0");
        }
        else if (quotient != Math.Floor(quotient))
        {
            Wrong(node, $"should be a multiple of {Show(factor)}");
        }
    }

    private void Combinations(Schema schema, JsonNode node)
    {
        foreach (Schema part in schema.AllOf)
        {
            Validate(part, node);
        }

        if (schema.AnyOf.Count > 0 && !schema.AnyOf.Any(part => Holds(part, node)))
        {
            Unplaced($"{GoJson.Quote(Local)} must validate at least one schema (anyOf)");
        }

        if (schema.OneOf.Count > 0)
        {
            int valid = schema.OneOf.Count(part => Holds(part, node));
            if (valid != 1)
            {
                string found = valid == 0 ? "Found none valid" : $"Found {Show(valid)} valid alternatives";
                Unplaced($"{GoJson.Quote(Local)} must validate one and only one schema (oneOf). {found}");
            }
        }

        if (schema.Not is not null && Holds(schema.Not, node))
        {
            Unplaced($"{GoJson.Quote(Local)} must not validate the schema (not)");
        }
    }

    private void Unplaced(string text) => problems.Add(new FieldProblem(NowhereInParticular, ProblemReasons.Invalid, $"Invalid value: \"\": {text}"));

    private static bool Holds(Schema schema, JsonNode node)
    {
        SchemaValidator trial = new([]);
        trial.Validate(schema, node);
        return trial.Count == 0;
    }

    private static int Runes(string text)
    {
        int count = 0;
        foreach (System.Text.Rune _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private static string Show(double number) => number.ToString("G", CultureInfo.InvariantCulture);
}
