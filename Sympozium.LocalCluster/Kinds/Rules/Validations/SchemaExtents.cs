using System.Text;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>How large the values of a schema can get, as Kubernetes estimates it: by the schema's bounds, else by what fits into a request.</summary>
internal static class SchemaExtents
{
    // Bytes that values take in JSON at least, and texts of a format at most.
    private const double Brackets = 2;
    private const double Truth = 4;
    private const double Number = 1;
    private const double Entry = 6;
    private const double Comma = 1;
    private const double Colon = 4;
    private const double BytesOfLetter = 4;
    private const double LongestDuration = 32;
    private const double LongestDate = 12;
    private const double LongestTime = 37;

    private static readonly CelExtent Text = new(CelExtent.RequestBytes - Brackets, Brackets);

    public static CelExtent Of(Schema schema, bool isResource)
    {
        if (schema.IntOrString)
        {
            return new CelExtent(CelExtent.RequestBytes - Brackets, Number);
        }

        return schema.Type switch
        {
            "array" => OfList(schema),
            "object" => OfObject(schema, isResource || schema.EmbeddedResource),
            "string" => OfText(schema),
            "boolean" => new CelExtent(0, Truth),
            _ => new CelExtent(0, Number),
        };
    }

    private static CelExtent OfList(Schema schema)
    {
        CelExtent item = schema.Items is null ? new CelExtent(0, Number) : Of(schema.Items, isResource: false);
        double most = schema.MaxItems ?? Math.Floor((CelExtent.RequestBytes - Brackets) / (item.LeastBytes + Comma));
        return new CelExtent(most, Brackets) { Element = item };
    }

    private static CelExtent OfObject(Schema schema, bool isResource)
    {
        if (schema.AdditionalProperties is { } values && schema.Properties.Count == 0)
        {
            CelExtent value = Of(values, isResource: false);
            double most = schema.MaxProperties ?? Math.Floor((CelExtent.RequestBytes - Brackets) / (value.LeastBytes + Entry));
            return new CelExtent(most, Brackets) { Element = value, IsMap = true };
        }

        double least = Brackets;
        Dictionary<string, CelExtent> fields = new(StringComparer.Ordinal);
        foreach ((string name, Schema property) in schema.Properties)
        {
            CelExtent field = Of(property, isResource: false);
            fields[CelSchemas.Escape(name) ?? name] = field;
            least += schema.Required.Contains(name) && !property.HasDefault ? name.Length + field.LeastBytes + Colon : 0;
        }

        if (isResource)
        {
            fields["apiVersion"] = Text;
            fields["kind"] = Text;
            fields["metadata"] = new CelExtent(0, Brackets) { Fields = new Dictionary<string, CelExtent> { ["name"] = Text, ["generateName"] = Text } };
        }

        return new CelExtent(0, least) { Fields = fields };
    }

    private static CelExtent OfText(Schema schema) => schema.Format switch
    {
        "duration" => new CelExtent(LongestDuration, Brackets),
        "date" => new CelExtent(LongestDate, Brackets),
        "date-time" => new CelExtent(LongestTime, Brackets),
        "byte" => new CelExtent(schema.MaxLength ?? Text.Most, Brackets),
        _ when schema.MaxLength is { } most => new CelExtent(most * BytesOfLetter, Brackets),
        _ when schema.Enum.Count > 0 => new CelExtent(schema.Enum.Max(choice => GoJson.Text(choice) is { } text ? Encoding.UTF8.GetByteCount(text) : 0), Brackets),
        _ => Text,
    };
}
