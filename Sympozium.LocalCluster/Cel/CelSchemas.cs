using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Cel;

/// <summary>The types that a structural schema has in expressions.</summary>
internal static class CelSchemas
{
    private static readonly HashSet<string> Reserved =
    [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while",
    ];

    private static readonly CelType Metadata = CelType.Object("metadata", new Dictionary<string, CelField>
    {
        ["name"] = new("name", CelType.String),
        ["generateName"] = new("generateName", CelType.String),
    });

    /// <summary>The type of a schema node; null for what expressions cannot see.</summary>
    /// <param name="schema">The node.</param>
    /// <param name="name">Where it is, for messages.</param>
    /// <param name="isResource">The root of a kind, or an embedded resource: has apiVersion, kind and metadata.</param>
    public static CelType? TypeOf(Schema schema, string name, bool isResource = false)
    {
        if (schema.IntOrString)
        {
            return CelType.Dyn;
        }

        switch (schema.Type)
        {
            case "array":
                return schema.Items is not null && TypeOf(schema.Items, $"{name}.@idx", schema.Items.EmbeddedResource) is { } item
                    ? CelType.List(item, schema.ListType, schema.ListMapKeys)
                    : null;
            case "object":
                return OfObject(schema, name, isResource || schema.EmbeddedResource);
            case "boolean":
                return CelType.Bool;
            case "number":
                return CelType.Double;
            case "integer":
                return CelType.Int;
            case "string":
                return schema.Format switch
                {
                    "byte" => CelType.Bytes,
                    "duration" => CelType.Duration,
                    "date" or "date-time" => CelType.Timestamp,
                    _ => CelType.String,
                };
            default:
                return null;
        }
    }

    /// <summary>A field's name in expressions; null when it cannot be written there.</summary>
    public static string? Escape(string name)
    {
        if (Reserved.Contains(name))
        {
            return $"__{name}__";
        }

        if (name.Length == 0 || !(name[0] is '_' or '.' or '-' or '/' || char.IsAsciiLetter(name[0])) || !name.All(c => c is '_' or '.' or '-' or '/' || char.IsAsciiLetterOrDigit(c)))
        {
            return null;
        }

        return name.Replace("__", "__underscores__", StringComparison.Ordinal)
            .Replace(".", "__dot__", StringComparison.Ordinal)
            .Replace("-", "__dash__", StringComparison.Ordinal)
            .Replace("/", "__slash__", StringComparison.Ordinal);
    }

    private static CelType? OfObject(Schema schema, string name, bool isResource)
    {
        if (schema.AdditionalProperties is { } additional)
        {
            return TypeOf(additional, $"{name}.@elem", additional.EmbeddedResource) is { } value ? CelType.Map(CelType.String, value) : null;
        }

        Dictionary<string, CelField> fields = new(StringComparer.Ordinal);
        if (isResource)
        {
            fields["apiVersion"] = new CelField("apiVersion", CelType.String);
            fields["kind"] = new CelField("kind", CelType.String);
            fields["metadata"] = new CelField("metadata", Metadata);
        }

        foreach ((string property, Schema child) in schema.Properties)
        {
            if (Escape(property) is { } escaped && !(isResource && property is "apiVersion" or "kind" or "metadata") && TypeOf(child, $"{name}.{property}", child.EmbeddedResource) is { } type)
            {
                fields[escaped] = new CelField(property, type);
            }
        }

        return CelType.Object(name, fields);
    }
}
