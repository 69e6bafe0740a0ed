using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Server.Protobuf;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Documents as messages about a bad patch show them.</summary>
internal static class PatchText
{
    /// <summary>
    /// The outcome of a JSON or merge patch: objects that the patch changed have their fields in order of names; what it left
    /// alone has them in the order of its Go type. Custom objects have no type.
    /// </summary>
    public static string Outcome(KindDefinition kind, JsonObject old, JsonObject changed)
    {
        JsonNode shown = kind.IsCustom
            ? Metadata.Sorted(changed)!
            : Changed(changed, old, ProtobufMessages.NameOf(kind.Type.ApiVersion, kind.Type.Kind))!;
        string document = shown.ToJsonString(JsonText.Relaxed);
        return JsonValue.Create(document).ToJsonString(JsonText.Relaxed);
    }

    /// <summary>A strategic merge patch as Go prints a map.</summary>
    public static string Patch(JsonObject patch)
    {
        StringBuilder text = new("\"");
        Print(text, patch);
        return text.Append('"').ToString();
    }

    private static JsonNode? Changed(JsonNode? node, JsonNode? old, string? message)
    {
        if (node is not JsonObject map || old is not JsonObject before || JsonNode.DeepEquals(node, old))
        {
            return InTypeOrder(node, message);
        }

        JsonObject result = [];
        foreach ((string name, JsonNode? value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            result[name] = Changed(value, before[name], TypeOf(message, name));
        }

        return result;
    }

    private static JsonNode? InTypeOrder(JsonNode? node, string? message)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(item => InTypeOrder(item, message))]);
            case JsonObject map when message is null || !message.Contains('.', StringComparison.Ordinal):
                return Metadata.Sorted(map);
            case JsonObject map:
                List<string> order = [.. ProtobufMessages.Fields(message!).Values.Select(field => field.Name)];
                JsonObject result = [];
                foreach ((string name, JsonNode? value) in map.OrderBy(pair => order.IndexOf(pair.Key) is var index && index < 0 ? int.MaxValue : index))
                {
                    result[name] = InTypeOrder(value, TypeOf(message, name));
                }

                return result;
            default:
                return node?.DeepClone();
        }
    }

    private static string? TypeOf(string? message, string field) => message is not null && message.Contains('.', StringComparison.Ordinal)
        ? ProtobufMessages.Fields(message).Values.FirstOrDefault(candidate => candidate.Name == field)?.Type
        : null;

    private static void Print(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("<nil>");
                break;
            case JsonObject map:
                text.Append("map[");
                foreach ((int index, KeyValuePair<string, JsonNode?> pair) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Index())
                {
                    text.Append(index == 0 ? "" : " ").Append(pair.Key).Append(':');
                    Print(text, pair.Value);
                }

                text.Append(']');
                break;
            case JsonArray list:
                text.Append('[');
                for (int i = 0; i < list.Count; i++)
                {
                    text.Append(i == 0 ? "" : " ");
                    Print(text, list[i]);
                }

                text.Append(']');
                break;
            default:
                text.Append(GoJson.Text(node) ?? GoJson.Integer(node)?.ToString(CultureInfo.InvariantCulture) ?? node.ToJsonString());
                break;
        }
    }
}
