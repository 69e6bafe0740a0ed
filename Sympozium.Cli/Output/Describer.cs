using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Output;

/// <summary>Writes one object in the sections of <c>kubectl describe</c>; an AgentRun begins with what people look for.</summary>
internal static class Describer
{
    private static readonly HashSet<string> HeadMembers = ["name", "namespace", "labels", "annotations", "managedFields"];
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public static void Write(TextWriter writer, JsonObject resource, IReadOnlyList<JsonObject> events, TimeProvider time)
    {
        JsonObject metadata = resource["metadata"] as JsonObject ?? [];
        List<(int Level, string Label, string Value)> lines =
        [
            (0, "Name", Text(metadata["name"])),
            (0, "Namespace", Text(metadata["namespace"])),
            .. Pairs("Labels", metadata["labels"] as JsonObject, "="),
            .. Pairs("Annotations", metadata["annotations"] as JsonObject, ": "),
            (0, "API Version", Text(resource["apiVersion"])),
            (0, "Kind", Text(resource["kind"])),
        ];
        if (Text(resource["kind"]) == "AgentRun")
        {
            lines.AddRange(AgentRunSummary.Lines(resource, time));
        }
        AddSection(lines, "Metadata", new JsonObject(metadata.Where(m => !HeadMembers.Contains(m.Key)).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))));
        foreach ((string name, JsonNode? value) in resource.Where(m => m.Key is not ("apiVersion" or "kind" or "metadata")).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            AddSection(lines, name, Text(resource["kind"]) == "Secret" ? Sizes(value) : value);
        }
        WriteLines(writer, lines);
        WriteEvents(writer, events, time);
    }

    /// <summary><c>apiVersion</c> becomes <c>API Version</c>, <c>baseURL</c> becomes <c>Base URL</c>.</summary>
    public static string Label(string name)
    {
        StringBuilder label = new();
        for (int i = 0; i < name.Length; i++)
        {
            bool startsWord = i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            label.Append(startsWord ? " " : "").Append(i == 0 ? char.ToUpperInvariant(name[i]) : name[i]);
        }
        return label.ToString() switch { "Api Version" => "API Version", "Uid" => "UID", var other => other };
    }

    private static IEnumerable<(int, string, string)> Pairs(string label, JsonObject? pairs, string separator)
    {
        string[] texts = [.. (pairs ?? []).Where(p => p.Key != LastApplied).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}{separator}{Text(p.Value)}")];
        return texts.Length == 0 ? [(0, label, "<none>")] : texts.Select((t, i) => (0, i == 0 ? label : "", t));
    }

    private static void AddSection(List<(int, string, string)> lines, string name, JsonNode? value) => Add(lines, 0, Label(name), value);

    private static void Add(List<(int, string, string)> lines, int level, string label, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject members:
                lines.Add((level, label, members.Count == 0 ? "{}" : ""));
                foreach ((string name, JsonNode? member) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    Add(lines, level + 1, Label(name), member);
                }
                break;
            case JsonArray items when items.All(i => i is JsonValue):
                lines.Add((level, label, items.Count == 0 ? "[]" : ""));
                lines.AddRange(items.Select(i => (level + 1, "", Text(i))));
                break;
            case JsonArray items:
                lines.Add((level, label, ""));
                foreach (JsonNode? item in items)
                {
                    AddItem(lines, level + 1, item);
                }
                break;
            default:
                lines.Add((level, label, Text(value)));
                break;
        }
    }

    private static void AddItem(List<(int, string, string)> lines, int level, JsonNode? item)
    {
        int first = lines.Count;
        foreach ((string name, JsonNode? member) in (item as JsonObject ?? new JsonObject { ["value"] = item?.DeepClone() }).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            Add(lines, level + 1, Label(name), member);
        }
        if (lines.Count > first)
        {
            (int itemLevel, string label, string value) = lines[first];
            lines[first] = (itemLevel - 1, $"- {label}", value);
        }
    }

    private static JsonObject? Sizes(JsonNode? data) => data is JsonObject members
        ? new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)$"{SizeOf(Text(m.Value))} bytes")))
        : null;

    private static int SizeOf(string base64) => base64.Length * 3 / 4 - base64.Count(c => c == '=');

    private static void WriteLines(TextWriter writer, List<(int Level, string Label, string Value)> lines)
    {
        int width = lines.Where(l => l.Value.Length > 0).Select(l => (l.Level * 2) + l.Label.Length + 1).Append(12).Max() + 2;
        foreach ((int level, string label, string value) in lines)
        {
            string head = new string(' ', level * 2) + (label.Length == 0 ? "" : $"{label}:");
            string[] texts = value.Split('\n');
            writer.WriteLine(value.Length == 0 ? head : $"{head.PadRight(width)}{texts[0]}".TrimEnd());
            foreach (string more in texts.Skip(1))
            {
                writer.WriteLine($"{new string(' ', width)}{more}".TrimEnd());
            }
        }
    }

    private static void WriteEvents(TextWriter writer, IReadOnlyList<JsonObject> events, TimeProvider time)
    {
        if (events.Count == 0)
        {
            writer.WriteLine("Events:  <none>");
            return;
        }
        writer.WriteLine("Events:");
        List<IReadOnlyList<string>> rows = [["  Type", "Reason", "Age", "From", "Message"], ["  ----", "------", "----", "----", "-------"]];
        rows.AddRange(events.OrderBy(LastSeen, StringComparer.Ordinal).Select(e => (IReadOnlyList<string>)
        [
            $"  {Text(e["type"])}", Text(e["reason"]), Age(e, time), Text(e["source"]?["component"]) is { Length: > 0 } from ? from : Text(e["reportingComponent"]),
            Text(e["message"]).Replace('\n', ' '),
        ]));
        new TextTable().Write(writer, null, rows);
    }

    private static string LastSeen(JsonObject e) =>
        ((JsonNode?[])[e["series"]?["lastObservedTime"], e["lastTimestamp"], e["eventTime"], e["metadata"]?["creationTimestamp"]]).Select(Text).FirstOrDefault(t => t.Length > 0) ?? "";

    private static string Age(JsonObject e, TimeProvider time)
    {
        int count = e["count"]?.GetValue<int>() ?? 1;
        string age = AgeText.Since(LastSeen(e), time);
        return count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{age} (x{count} over {AgeText.Since(Text(e["firstTimestamp"]), time)})") : age;
    }

    private static string Text(JsonNode? node) => node is null ? "" : node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString();
}
