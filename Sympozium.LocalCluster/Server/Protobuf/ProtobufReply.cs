using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.OpenApi;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Server.Protobuf;

/// <summary>Writes answers as clients with <c>Accept: application/vnd.kubernetes.protobuf</c> want them; the opposite of <see cref="ProtobufBody"/>.</summary>
internal static class ProtobufReply
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Whether objects of the kind can be written: custom ones, and those of a few core kinds, cannot.</summary>
    public static bool CanWrite(KindDefinition kind) => !kind.IsCustom && ProtobufMessages.NameOf(kind.Type.ApiVersion, kind.Type.Kind) is not null;

    /// <summary>An object of a kind for which <see cref="CanWrite"/> holds.</summary>
    public static byte[] Object(KindDefinition kind, JsonObject resource) =>
        Envelope(kind.Type.ApiVersion, kind.Type.Kind, writer => Message(writer, ProtobufMessages.NameOf(kind.Type.ApiVersion, kind.Type.Kind)!, resource));

    /// <summary>A list of such objects.</summary>
    public static byte[] List(KindDefinition kind, JsonObject list)
    {
        string message = ProtobufMessages.NameOf(kind.Type.ApiVersion, kind.Type.Kind)!;
        return Envelope(kind.Type.ApiVersion, kind.ListKind, writer =>
        {
            writer.Message(1, metadata => ListMetadata(metadata, list.Map("metadata")));
            foreach ((_, JsonObject item) in list.Items("items"))
            {
                writer.Message(2, inner => Message(inner, message, item));
            }
        });
    }

    /// <summary>A <c>v1.Status</c>.</summary>
    public static byte[] Status(JsonObject status) => Envelope("v1", "Status", writer =>
    {
        writer.Message(1, metadata => ListMetadata(metadata, status.Map("metadata")));
        writer.Text(2, status.Text("status"));
        writer.Text(3, status.Text("message"));
        writer.Text(4, status.Text("reason"));
        if (status.Map("details") is { } details)
        {
            writer.Message(5, inner => Details(inner, details));
        }

        writer.Integer(6, status.Integer("code"));
    });

    /// <summary>A change in a watch: its type, and the object as it is written alone.</summary>
    public static byte[] Event(string type, byte[] resource)
    {
        ProtobufWriter writer = new();
        writer.TextOrEmpty(1, type);
        writer.Message(2, raw => raw.Data(1, resource));
        return writer.Written.ToArray();
    }

    private static byte[] Envelope(string apiVersion, string kind, Action<ProtobufWriter> write)
    {
        ProtobufWriter envelope = new();
        envelope.Message(1, type =>
        {
            type.TextOrEmpty(1, apiVersion);
            type.TextOrEmpty(2, kind);
        });
        envelope.Message(2, write);
        envelope.TextOrEmpty(3, "");
        envelope.TextOrEmpty(4, "");
        return [.. Magic, .. envelope.Written];
    }

    private static void ListMetadata(ProtobufWriter writer, JsonObject? metadata)
    {
        writer.TextOrEmpty(1, "");
        writer.TextOrEmpty(2, metadata.Text("resourceVersion"));
        writer.TextOrEmpty(3, metadata.Text("continue"));
        if (metadata.Integer("remainingItemCount") is { } remaining)
        {
            writer.Number(4, remaining);
        }
    }

    private static void Details(ProtobufWriter writer, JsonObject details)
    {
        writer.Text(1, details.Text("name"));
        writer.Text(2, details.Text("group"));
        writer.Text(3, details.Text("kind"));
        foreach ((_, JsonObject cause) in details.Items("causes"))
        {
            writer.Message(4, inner =>
            {
                inner.Text(1, cause.Text("reason"));
                inner.Text(2, cause.Text("message"));
                inner.Text(3, cause.Text("field"));
            });
        }

        writer.Integer(5, details.Integer("retryAfterSeconds"));
        writer.Text(6, details.Text("uid"));
    }

    private static void Message(ProtobufWriter writer, string message, JsonObject json)
    {
        foreach (ProtobufField field in ProtobufMessages.Fields(message).Values)
        {
            if (field.IsInline)
            {
                writer.Message(field.Number, inner => Message(inner, field.Type, json));
            }
            else if (json[field.Name] is { } value)
            {
                Field(writer, field, value);
            }
        }
    }

    private static void Field(ProtobufWriter writer, ProtobufField field, JsonNode value)
    {
        switch (value)
        {
            case JsonObject map when field.IsMap:
                foreach ((string key, JsonNode? item) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    writer.Message(field.Number, entry =>
                    {
                        entry.TextOrEmpty(1, key);
                        Value(entry, 2, field.Type, item ?? "");
                    });
                }

                break;
            case JsonArray list when field.IsList:
                foreach (JsonNode? item in list)
                {
                    Value(writer, field.Number, field.Type, item ?? "");
                }

                break;
            default:
                Value(writer, field.Number, field.Type, value);
                break;
        }
    }

    private static void Value(ProtobufWriter writer, int number, string type, JsonNode value)
    {
        switch (type)
        {
            case "s":
                writer.TextOrEmpty(number, GoJson.Text(value) ?? value.ToJsonString());
                break;
            case "y":
                writer.Data(number, Convert.FromBase64String(GoJson.Text(value) ?? ""));
                break;
            case "i":
                writer.Number(number, GoJson.Integer(value) ?? 0);
                break;
            case "b":
                writer.Number(number, GoJson.Flag(value) == true ? 1 : 0);
                break;
            case "d":
                writer.Real(number, GoJson.Number(value));
                break;
            case var message when message.Contains('.', StringComparison.Ordinal):
                writer.Message(number, inner => Message(inner, message, value as JsonObject ?? []));
                break;
            default:
                writer.Message(number, inner => Special(inner, type, value));
                break;
        }
    }

    private static void Special(ProtobufWriter writer, string type, JsonNode value)
    {
        switch (type)
        {
            case "Time" or "MicroTime":
                Time(writer, GoJson.Text(value));
                break;
            case "Quantity":
                writer.TextOrEmpty(1, GoJson.Text(value) ?? value.ToJsonString());
                break;
            case "IntOrString":
                IntOrString(writer, value);
                break;
            case "Json":
                writer.Data(1, Encoding.UTF8.GetBytes(value.ToJsonString(JsonText.Relaxed)));
                break;
        }
    }

    private static void Time(ProtobufWriter writer, string? text)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            writer.Number(1, time.ToUnixTimeSeconds());
            writer.Number(2, time.Ticks % TimeSpan.TicksPerSecond * 100);
        }
    }

    private static void IntOrString(ProtobufWriter writer, JsonNode value)
    {
        string? text = GoJson.Text(value);
        writer.Number(1, text is null ? 0 : 1);
        writer.Number(2, GoJson.Integer(value) ?? 0);
        writer.TextOrEmpty(3, text ?? "");
    }
}
