using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Finds the first value that the Go type of a core kind could not hold, in the words of Go's JSON decoder.</summary>
internal sealed class CoreDecoder(bool converts)
{
    private readonly FieldPath _path = new();

    /// <summary>The decoder's error; null when all is well.</summary>
    public static string? FirstError(Schema schema, JsonNode node) => new CoreDecoder(converts: false).Visit(schema, node, "");

    /// <summary>The same for an object that is not decoded from JSON but converted from maps, which has words of its own.</summary>
    public static string? FirstConversionError(Schema schema, JsonNode node) => new CoreDecoder(converts: true).Visit(schema, node, "");

    private string? Visit(Schema schema, JsonNode? node, string owner)
    {
        if (node is null)
        {
            return null;
        }

        Schema type = schema.Resolved;
        if (type.IntOrString)
        {
            return GoJson.IsString(node) || GoJson.Integer(node) is >= int.MinValue and <= int.MaxValue ? null : Mismatch(node, "int32", owner);
        }

        return type.Type switch
        {
            "object" => Object(type, node, owner),
            "array" => Array(type, node, owner),
            "string" when type.Format == "quantity" => Amount(node),
            "string" => GoJson.Text(node) is { } text ? Text(type, text) : Mismatch(node, type.Format == "byte" ? "[]uint8" : "string", owner),
            "boolean" => GoJson.Flag(node) is null ? Mismatch(node, "bool", owner) : null,
            "integer" => Integer(type, node, owner),
            "number" => GoJson.Number(node) is null ? Mismatch(node, "float64", owner) : null,
            _ => null,
        };
    }

    private string? Object(Schema type, JsonNode node, string owner)
    {
        if (node is not JsonObject map)
        {
            return type.PreserveUnknownFields ? null : Mismatch(node, GoType(type), owner);
        }

        if (type.Properties.Count == 0 && type.AdditionalProperties is null)
        {
            return null;
        }

        string name = type.DefinitionName is null ? owner : Short(type);
        foreach ((string key, JsonNode? value) in map)
        {
            string? problem = null;
            if (type.Properties.TryGetValue(key, out Schema? field))
            {
                _path.Push(key);
                problem = Visit(field, value, name);
                _path.Pop();
            }
            else if (type.AdditionalProperties is not null)
            {
                problem = Visit(type.AdditionalProperties, value, owner);
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private string? Array(Schema type, JsonNode node, string owner)
    {
        if (node is not JsonArray list)
        {
            return Mismatch(node, GoType(type), owner);
        }

        foreach (JsonNode? item in list)
        {
            if (Visit(type.Items!, item, owner) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private string? Integer(Schema type, JsonNode node, string owner)
    {
        long? number = GoJson.Integer(node);
        string go = type.Format ?? "int64";
        if (number is null && GoJson.Number(node) is null)
        {
            return Mismatch(node, go, owner);
        }

        bool fits = number is not null && (go != "int32" || number is >= int.MinValue and <= int.MaxValue);
        if (!fits && converts)
        {
            return $"unrecognized type: {go}";
        }

        return fits ? null : $"json: cannot unmarshal number {node.ToJsonString()} into Go struct field {owner}.{_path.ToGoString()} of type {go}";
    }

    private static string? Amount(JsonNode node)
    {
        string text = GoJson.Text(node) ?? node.ToJsonString();
        return Quantity.TryParse(text, out _)
            ? null
            : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    }

    private static string? Text(Schema type, string text)
    {
        switch (type.Format)
        {
            case "byte":
                return Base64.IsValid(text.AsSpan()) ? null : $"illegal base64 data at input byte {IllegalByte(text).ToString(CultureInfo.InvariantCulture)}";
            case "date-time":
                return GoTime.FindError(text, micro: type.DefinitionName!.EndsWith("MicroTime", StringComparison.Ordinal));
            default:
                return null;
        }
    }

    private static int IllegalByte(string text)
    {
        int index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool legal = rune.IsAscii && (Rune.IsLetterOrDigit(rune) || rune.Value is '+' or '/' or '=' or '\r' or '\n');
            if (!legal)
            {
                return index;
            }

            index += rune.Utf8SequenceLength;
        }

        // Right letters, wrong length: Go names the start of the broken quantum.
        return index / 4 * 4;
    }

    private string Mismatch(JsonNode node, string goType, string owner) =>
        converts ? Unconvertible(node, goType) : $"json: cannot unmarshal {GoJson.KindOf(node)} into Go struct field {owner}.{_path.ToGoString()} of type {goType}";

    private static string Unconvertible(JsonNode node, string goType)
    {
        string found = node switch
        {
            JsonObject => "map",
            JsonArray => "slice",
            _ when GoJson.IsString(node) => "string",
            _ when GoJson.Flag(node) is not null => "bool",
            _ => GoJson.Integer(node) is null ? "float64" : "int64",
        };
        return goType switch
        {
            ['[', ']', ..] => $"cannot restore slice from {found}",
            ['m', 'a', 'p', '[', ..] => $"cannot restore map from {found}",
            "string" or "bool" or "int32" or "int64" or "float64" => $"unrecognized type: {goType}",
            _ => $"cannot restore struct from: {found}",
        };
    }

    private static string GoType(Schema schema)
    {
        Schema type = schema.Resolved;
        return type switch
        {
            { Type: "array" } => "[]" + GoType(type.Items!),
            { AdditionalProperties: not null } => "map[string]" + GoType(type.AdditionalProperties),
            { DefinitionName: { } name } => $"{Package(name)}.{Short(type)}",
            { Type: "boolean" } => "bool",
            { Type: "integer" } => type.Format ?? "int64",
            { Type: "string", Format: "byte" } => "[]uint8",
            { Type: "string" } => "string",
            _ => "map[string]interface {}",
        };
    }

    private static string Short(Schema type) => type.DefinitionName![(type.DefinitionName!.LastIndexOf('.') + 1)..];

    private static string Package(string name)
    {
        string[] parts = name.Split('.');
        return parts[^2];
    }
}
