using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>Masks in a JSON body what differs from run to run and brings into order what has none.</summary>
internal sealed partial class JsonNormalizer(NormalizerContext context, Identities identities, TextNormalizer texts)
{
    private static readonly HashSet<string> AgeColumns = ["AGE", "DURATION", "LAST SEEN", "FIRST SEEN", "LAST SCHEDULE"];
    private static readonly string[] ManagerKeys = ["manager", "operation", "subresource", "apiVersion"];

    // A watch sends its columns with the first event only.
    private int[] _ageCells = [];

    /// <summary>A normalized copy.</summary>
    public JsonNode? Normalize(JsonNode? node) => Value(node?.DeepClone(), null);

    private JsonNode? Value(JsonNode? node, string? key)
    {
        switch (node)
        {
            case JsonObject map:
                return Map(map);
            case JsonArray list:
                return new JsonArray([.. list.Select(i => Value(i, null))]);
            case JsonValue value when value.TryGetValue(out string? text):
                return text.StartsWith('{') && key is not null && key.Contains("last-applied", StringComparison.Ordinal) && Parsed(text) is { } applied
                    ? Value(applied, null)
                    : JsonValue.Create(texts.Normalize(text));
            default:
                return node?.DeepClone();
        }
    }

    private JsonObject Map(JsonObject map)
    {
        if (Text(map["kind"]) == "Table")
        {
            Table(map);
        }
        else if (Text(map["kind"]) == "Status")
        {
            OrderCauses(map);
        }

        Versions(map);
        if (Text(map["continue"]) is { Length: > 0 })
        {
            map["continue"] = "<continue>";
        }

        JsonObject normalized = [];
        foreach ((string key, JsonNode? value) in map.OrderBy(p => p.Key, StringComparer.Ordinal).ToList())
        {
            JsonNode? result = Value(Masked(key, value), key);
            normalized[texts.Normalize(key)] = result;
        }

        return normalized;
    }

    private void Versions(JsonObject map)
    {
        if (map["items"] is JsonArray items && map["metadata"] is JsonObject metadata && Identities.IsVersion(Text(metadata["resourceVersion"]), out long ofList))
        {
            long newest = items.Max(i => Identities.IsVersion(Text(((i as JsonObject)?["metadata"] as JsonObject)?["resourceVersion"]), out long v) ? v : 0L as long?) ?? 0;
            metadata["resourceVersion"] = ofList >= newest ? "<rv of list>" : "<rv of list LESS than an item>";
        }

        if (Text(map["resourceVersion"]) is { } text && Identities.IsVersion(text, out _))
        {
            if (map.ContainsKey("uid"))
            {
                map["resourceVersion"] = identities.Version(Text(map["uid"]) ?? "", text);
            }
            else if (text != "0")
            {
                map["resourceVersion"] = "<rv>";
            }
        }
    }

    private JsonNode? Masked(string key, JsonNode? value)
    {
        string? text = Text(value);
        return (key, value) switch
        {
            ("nodePort", JsonValue port) when port.GetValueKind() == JsonValueKind.Number && port.ToString() != "0" => "<nodePort>",
            ("containerID" or "imageID", _) when text is { Length: > 0 } => "<id>",
            ("storageVersionHash", _) when text is { Length: > 0 } => "<hash>",
            ("nodeName", _) when text is not null && context.Nodes.Contains(text) => "<node>",
            ("caBundle" or "ca.crt", _) when text is { Length: > 100 } => "<ca>",
            ("conditions", JsonArray list) => Ordered(list, c => [Text((c as JsonObject)?["type"]) ?? ""]),
            ("managedFields", JsonArray list) => Ordered(list, f => [.. ManagerKeys.Select(k => Text((f as JsonObject)?[k]) ?? "None")]),
            _ => value,
        };
    }

    private static JsonArray Ordered(JsonArray list, Func<JsonNode?, string[]> keys) =>
        new([.. list.OrderBy(keys, Comparer<string[]>.Create(Compare)).Select(i => i?.DeepClone())]);

    private static int Compare(string[] left, string[] right) =>
        left.Zip(right, StringComparer.Ordinal.Compare).FirstOrDefault(c => c != 0);

    // A real server iterates over maps, so the causes of an Invalid come in no fixed order.
    private static void OrderCauses(JsonObject status)
    {
        if ((status["details"] as JsonObject)?["causes"] is not JsonArray { Count: > 1 } causes)
        {
            return;
        }

        string[] texts = [.. causes.Select(c => $"{Text(c!["field"])}: {Text(c["message"])}").Order(StringComparer.Ordinal)];
        string message = Text(status["message"]) ?? "";
        const string Start = " is invalid: [";
        int at = message.IndexOf(Start, StringComparison.Ordinal);
        if (at >= 0 && message.Length - 1 - at - Start.Length == string.Join(", ", texts).Length && texts.All(t => message.Contains(t, StringComparison.Ordinal)))
        {
            status["message"] = message[..at] + Start + string.Join(", ", texts) + "]";
        }

        status["details"]!["causes"] = Ordered(causes, c => [Text(c?["field"]) ?? "", Text(c?["message"]) ?? ""]);
    }

    private void Table(JsonObject table)
    {
        if (table["columnDefinitions"] is JsonArray { Count: > 0 } columns)
        {
            foreach (JsonObject column in columns.OfType<JsonObject>().Where(c => Text(c["description"]) is { Length: > 0 }))
            {
                column["description"] = "<text>";
            }

            _ageCells = [.. columns.Index().Where(c => AgeColumns.Contains(Text(c.Item?["name"])?.ToUpperInvariant() ?? "")).Select(c => c.Index)];
        }

        foreach (JsonArray cells in (table["rows"] as JsonArray)?.Select(r => r?["cells"]).OfType<JsonArray>() ?? [])
        {
            foreach (int cell in _ageCells.Where(c => c < cells.Count && WholeDuration().IsMatch(cells[c]?.ToString() ?? "")))
            {
                cells[cell] = "<age>";
            }
        }
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    [GeneratedRegex(@"^(?:\d+(?:\.\d+)?(?:y|d|h|ms|m|s))+\z")]
    private static partial Regex WholeDuration();
}
