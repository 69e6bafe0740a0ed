using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Server;

/// <summary>Reads JSON as Go's decoder does: of a field that comes twice the last value counts.</summary>
internal static class JsonBodies
{
    private const int MaxDepth = 200;

    /// <param name="json">One document.</param>
    /// <param name="duplicates">Receives the paths of fields that come more than once, for example <c>data.a</c>.</param>
    /// <exception cref="JsonException">Not JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json, List<string>? duplicates)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            JsonNode? node = Read(ref reader, "", duplicates);
            return reader.Read() ? throw new JsonException("more after the end of the document") : node;
        }
        catch (InvalidOperationException exception)
        {
            // Half of a surrogate pair, or bytes that are no UTF-8.
            throw new JsonException("a text that is not Unicode", null, null, reader.TokenStartIndex, exception);
        }
    }

    /// <summary>Every field in the order in which the document names it, and whether it was there before.</summary>
    /// <param name="json">A document that <see cref="Parse"/> has read.</param>
    public static List<(string Path, bool IsDuplicate)> Fields(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        List<(string Path, bool IsDuplicate)> fields = [];
        reader.Read();
        AddFields(ref reader, "", fields);
        return fields;
    }

    private static void AddFields(ref Utf8JsonReader reader, string path, List<(string Path, bool IsDuplicate)> fields)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                AddFields(ref reader, $"{path}[{i}]", fields);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            HashSet<string> seen = new(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                string below = path.Length == 0 ? name : $"{path}.{name}";
                fields.Add((below, !seen.Add(name)));
                reader.Read();
                AddFields(ref reader, below, fields);
            }
        }
    }

    private static JsonNode? Read(ref Utf8JsonReader reader, string path, List<string>? duplicates) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader, path, duplicates),
        JsonTokenType.StartArray => ReadArray(ref reader, path, duplicates),
        JsonTokenType.String => JsonValue.Create(reader.GetString()),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        JsonTokenType.Null => null,
        // Kept as written, so that it can be read as any type of number.
        _ => JsonValue.Create(JsonElement.ParseValue(ref reader)),
    };

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        JsonObject json = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            string below = path.Length == 0 ? name : $"{path}.{name}";
            reader.Read();
            JsonNode? value = Read(ref reader, below, duplicates);
            if (!json.TryAdd(name, value))
            {
                duplicates?.Add(below);
                json[name] = value;
            }
        }

        return json;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        JsonArray list = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(Read(ref reader, $"{path}[{list.Count}]", duplicates));
        }

        return list;
    }
}
