using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Output;

/// <summary>How rows of a server's table are shown.</summary>
/// <param name="Wide">Also the columns of lower priority.</param>
/// <param name="WithNamespace">A NAMESPACE column first.</param>
/// <param name="WithKind">Names as <c>kind.group/name</c>, when several kinds are shown.</param>
/// <param name="WithLabels">A LABELS column last.</param>
internal sealed record TableView(bool Wide, bool WithNamespace, bool WithKind, bool WithLabels);

/// <summary>A <c>meta.k8s.io/v1 Table</c>: rows and columns that the server chose. A server without tables gets NAME and AGE.</summary>
internal static class ServerTable
{
    private static readonly char[] LineBreaks = ['\n', '\r', '\f'];

    public static bool IsTable(JsonObject answer) => answer["kind"]?.GetValue<string>() == "Table";

    /// <summary>Headings in upper case. In a watch only the first event has the columns.</summary>
    public static IReadOnlyList<JsonObject> Columns(JsonObject table) => [.. table["columnDefinitions"]?.AsArray().OfType<JsonObject>() ?? []];

    public static IReadOnlyList<string> Headings(IReadOnlyList<JsonObject> columns, TableView view)
    {
        List<string> headings = view.WithNamespace ? ["NAMESPACE"] : [];
        headings.AddRange(columns.Where(c => Shown(c, view)).Select(c => Text(c["name"]).ToUpperInvariant()));
        return view.WithLabels ? [.. headings, "LABELS"] : headings;
    }

    public static IReadOnlyList<IReadOnlyList<string>> Rows(JsonObject table, IReadOnlyList<JsonObject> columns, ApiResource resource, TableView view) =>
        [.. (table["rows"]?.AsArray().OfType<JsonObject>() ?? []).Select(row => Row(row, columns, resource, view))];

    /// <summary>A table of a plain object or list, for servers and kinds without tables.</summary>
    public static JsonObject FromObjects(IEnumerable<JsonObject> objects, TimeProvider time) => new()
    {
        ["kind"] = "Table",
        ["columnDefinitions"] = new JsonArray(Column("Name"), Column("Age")),
        ["rows"] = new JsonArray([.. objects.Select(o => (JsonNode)new JsonObject
        {
            ["cells"] = new JsonArray(Text(o["metadata"]?["name"]), AgeText.Since(Text(o["metadata"]?["creationTimestamp"]), time)),
            ["object"] = new JsonObject { ["metadata"] = o["metadata"]?.DeepClone() },
        })]),
    };

    private static JsonObject Column(string name) => new() { ["name"] = name, ["priority"] = 0 };

    private static List<string> Row(JsonObject row, IReadOnlyList<JsonObject> columns, ApiResource resource, TableView view)
    {
        JsonNode? metadata = row["object"]?["metadata"];
        List<string> cells = view.WithNamespace ? [Text(metadata?["namespace"])] : [];
        JsonArray values = row["cells"]?.AsArray() ?? [];
        bool first = true;
        for (int i = 0; i < Math.Min(values.Count, columns.Count); i++)
        {
            if (Shown(columns[i], view))
            {
                string cell = Cell(values[i]);
                cells.Add(first && view.WithKind ? $"{ResourceNames.Of(resource.Type)}/{cell}" : cell);
                first = false;
            }
        }
        if (view.WithLabels)
        {
            string labels = string.Join(",", (metadata?["labels"] as JsonObject)?.Select(l => $"{l.Key}={l.Value}") ?? []);
            cells.Add(labels.Length == 0 ? "<none>" : labels);
        }
        return cells;
    }

    private static bool Shown(JsonObject column, TableView view) => view.Wide || (column["priority"]?.GetValue<int>() ?? 0) == 0;

    // Control characters from a resource must not reach the terminal as commands.
    private static string Cell(JsonNode? value)
    {
        string text = Text(value);
        int end = text.IndexOfAny(LineBreaks);
        text = end < 0 ? text : $"{text[..end]}...";
        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? "?" : c.ToString())) : text;
    }

    private static string Text(JsonNode? node) => node is null ? "" : node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString();
}
