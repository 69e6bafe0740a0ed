using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Server.Protobuf;

/// <summary>
/// Reads what kubectl's typed commands (<c>create configmap</c>, <c>auth can-i</c> …) send: four bytes of magic, an envelope with
/// the kind, and the object. Answers are always JSON, which those clients accept as well.
/// </summary>
internal static class ProtobufBody
{
    private const int MaxDepth = 100;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="FormatException">Not such a message, or one of a kind without a known one.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new FormatException("the body does not begin as protobuf of Kubernetes does");
        }

        WireReader envelope = new(bytes[Magic.Length..]);
        string apiVersion = "";
        string kind = "";
        ReadOnlySpan<byte> raw = default;
        while (envelope.Next())
        {
            switch (envelope.Field)
            {
                case 1:
                    (apiVersion, kind) = ReadType(envelope.Bytes);
                    break;
                case 2:
                    raw = envelope.Bytes;
                    break;
            }
        }

        string message = ProtobufMessages.NameOf(apiVersion, kind) ?? throw new FormatException($"the kind \"{kind}\" of \"{apiVersion}\" is not known in protobuf; send JSON");
        JsonObject json = new() { ["apiVersion"] = apiVersion, ["kind"] = kind };
        ReadMessage(raw, message, json, 0);
        return json;
    }

    private static (string ApiVersion, string Kind) ReadType(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes);
        string apiVersion = "";
        string kind = "";
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                apiVersion = Encoding.UTF8.GetString(reader.Bytes);
            }
            else if (reader.Field == 2)
            {
                kind = Encoding.UTF8.GetString(reader.Bytes);
            }
        }

        return (apiVersion, kind);
    }

    private static void ReadMessage(ReadOnlySpan<byte> bytes, string message, JsonObject json, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("the message is nested too deeply");
        }

        IReadOnlyDictionary<int, ProtobufField> fields = ProtobufMessages.Fields(message);
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            if (!fields.TryGetValue(reader.Field, out ProtobufField? field))
            {
                continue;
            }

            if (field.IsInline)
            {
                ReadMessage(reader.Bytes, field.Type, json, depth + 1);
            }
            else if (field.IsMap)
            {
                ReadEntry(reader.Bytes, field, Child(json, field.Name), depth);
            }
            else if (field.IsList)
            {
                JsonArray list = json[field.Name] as JsonArray ?? [];
                json[field.Name] ??= list;
                list.Add(ReadValue(ref reader, field, depth, keepZero: true));
            }
            else if (ReadValue(ref reader, field, depth, field.KeepsZero) is { } value)
            {
                json[field.Name] = value;
            }
        }
    }

    private static JsonObject Child(JsonObject json, string name)
    {
        JsonObject child = json[name] as JsonObject ?? [];
        json[name] ??= child;
        return child;
    }

    private static void ReadEntry(ReadOnlySpan<byte> bytes, ProtobufField field, JsonObject map, int depth)
    {
        WireReader reader = new(bytes);
        string key = "";
        JsonNode? value = field.Type is "s" or "y" ? "" : null;
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                key = Encoding.UTF8.GetString(reader.Bytes);
            }
            else if (reader.Field == 2)
            {
                value = ReadValue(ref reader, field, depth, keepZero: true);
            }
        }

        map[key] = value;
    }

    private static JsonNode? ReadValue(ref WireReader reader, ProtobufField field, int depth, bool keepZero)
    {
        switch (field.Type)
        {
            case "s" or "y":
                return keepZero || reader.Bytes.Length > 0 ? ReadText(reader.Bytes, isBinary: field.Type == "y") : null;
            case "i" or "b":
                return keepZero || reader.Number != 0 ? ReadNumber(reader.Number, isFlag: field.Type == "b") : null;
            case "d":
                return JsonValue.Create(BitConverter.Int64BitsToDouble(reader.Number));
            case var message when message.Contains('.', StringComparison.Ordinal):
                JsonObject json = [];
                ReadMessage(reader.Bytes, message, json, depth + 1);
                return json;
            default:
                return ReadSpecial(reader.Bytes, field.Type);
        }
    }

    private static JsonNode? ReadSpecial(ReadOnlySpan<byte> bytes, string type) => type switch
    {
        "Time" => ReadTime(bytes, "yyyy-MM-dd'T'HH:mm:ss'Z'"),
        "MicroTime" => ReadTime(bytes, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
        "Quantity" => FirstText(bytes),
        "IntOrString" => ReadIntOrString(bytes),
        "Json" => FirstText(bytes)?.ToString() is { Length: > 0 } text ? JsonNode.Parse(text) : null,
        _ => null,
    };

    private static JsonValue ReadText(ReadOnlySpan<byte> bytes, bool isBinary) =>
        JsonValue.Create(isBinary ? Convert.ToBase64String(bytes) : Encoding.UTF8.GetString(bytes));

    // By way of JSON text, so that the value can be read as any type of number.
    private static JsonNode? ReadNumber(long number, bool isFlag) =>
        isFlag ? JsonValue.Create(number != 0) : JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture));

    private static JsonValue? ReadTime(ReadOnlySpan<byte> bytes, string format)
    {
        WireReader reader = new(bytes);
        long seconds = 0;
        long nanoseconds = 0;
        bool isSet = false;
        while (reader.Next())
        {
            isSet = true;
            if (reader.Field == 1)
            {
                seconds = reader.Number;
            }
            else
            {
                nanoseconds = reader.Number;
            }
        }

        const long longest = 253_402_300_799;
        return isSet && seconds is > -62_135_596_800 and < longest
            ? JsonValue.Create(DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100).UtcDateTime.ToString(format, CultureInfo.InvariantCulture))
            : null;
    }

    private static JsonNode? ReadIntOrString(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes);
        bool isText = false;
        long number = 0;
        string text = "";
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    isText = reader.Number == 1;
                    break;
                case 2:
                    number = reader.Number;
                    break;
                case 3:
                    text = Encoding.UTF8.GetString(reader.Bytes);
                    break;
            }
        }

        return isText ? JsonValue.Create(text) : ReadNumber(number, isFlag: false);
    }

    private static JsonValue? FirstText(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes);
        return reader.Next() && reader.Field == 1 ? JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes)) : null;
    }
}
