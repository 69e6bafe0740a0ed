using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>The columns of events, in either of their two API groups.</summary>
internal static class EventColumns
{
    public static Column[] All { get; } =
    [
        new("Last Seen", "string", "", 0, "Time since it last happened.", LastSeen),
        Column.Text("Type", "Normal or Warning.", item => item.Text("type")),
        Column.Text("Reason", "Why, as one word.", item => item.Text("reason")),
        Column.Text("Object", "What it happened to.", Target),
        Column.Text("Subobject", "The part it happened to.", item => Object(item).Text("fieldPath"), Column.Wide),
        Column.Text("Source", "Who reports it.", Source, Column.Wide),
        Column.Text("Message", "Description.", item => First(item.Text("message"), item.Text("note")).Trim()),
        new("First Seen", "string", "", Column.Wide, "Time since it first happened.", FirstSeen),
        new("Count", "string", "", Column.Wide, "How often it happened.", (item, _) => Count(item)),
        Column.Named with { Priority = Column.Wide },
    ];

    private static JsonObject? Object(JsonObject item) => item.Map("involvedObject") ?? item.Map("regarding");

    private static string Target(JsonObject item)
    {
        string kind = Object(item).Text("kind").ToLowerInvariant();
        return Object(item).Text("name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static JsonNode FirstSeen(JsonObject item, DateTimeOffset now)
    {
        string first = First(item.Text("firstTimestamp"), item.Text("deprecatedFirstTimestamp"));
        return Ages.Since(First(first, item.Text("eventTime")), now);
    }

    private static JsonNode LastSeen(JsonObject item, DateTimeOffset now)
    {
        if (item.Map("series") is { } series)
        {
            return Ages.Since(series.Text("lastObservedTime"), now);
        }

        string last = First(item.Text("lastTimestamp"), item.Text("deprecatedLastTimestamp"));
        return last.Length > 0 ? Ages.Since(last, now) : FirstSeen(item, now);
    }

    private static long Count(JsonObject item)
    {
        long? count = item.Map("series").Integer("count") ?? item.Integer("count") ?? item.Integer("deprecatedCount");
        return count is null or 0 ? 1 : count.Value;
    }

    private static string Source(JsonObject item)
    {
        JsonObject? source = item.Map("source") ?? item.Map("deprecatedSource");
        string component = First(source.Text("component"), First(item.Text("reportingComponent"), item.Text("reportingController")));
        string host = First(source.Text("host"), item.Text("reportingInstance"));
        return host.Length == 0 ? component : $"{component}, {host}";
    }

    private static string First(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
