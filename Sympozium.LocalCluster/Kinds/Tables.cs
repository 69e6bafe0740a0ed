using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Lists as <c>meta.k8s.io/v1</c> tables, which is what <c>kubectl get</c> prints.</summary>
public static class Tables
{
    /// <param name="kind">The items' kind.</param>
    /// <param name="items">The objects, in order.</param>
    /// <param name="resourceVersion">Version of the list, or of the one object.</param>
    /// <param name="includeObject">None, Metadata or Object: what each row carries along.</param>
    /// <param name="now">The time ages count to.</param>
    public static JsonObject Render(KindDefinition kind, IReadOnlyList<JsonObject> items, string resourceVersion, string includeObject, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(items);
        JsonArray rows = [];
        foreach (JsonObject item in items)
        {
            JsonObject metadata = item["metadata"] as JsonObject ?? [];
            JsonObject row = new()
            {
                ["cells"] = new JsonArray(metadata["name"]?.DeepClone(), Age(metadata["creationTimestamp"]?.ToString(), now)),
                ["object"] = includeObject == "Object" ? item.DeepClone() : Partial(metadata),
            };
            rows.Add(row);
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = resourceVersion },
            ["columnDefinitions"] = new JsonArray(Column("Name", "string", "name", 0), Column("Age", "date", "", 0)),
            ["rows"] = rows,
        };
    }

    private static JsonObject Column(string name, string type, string format, int priority) =>
        new() { ["name"] = name, ["type"] = type, ["format"] = format, ["description"] = "", ["priority"] = priority };

    private static JsonObject Partial(JsonObject metadata) =>
        new() { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata.DeepClone() };

    private static string Age(string? since, DateTimeOffset now) =>
        DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset start)
            ? $"{(long)(now - start).TotalSeconds}s"
            : "<unknown>";
}
