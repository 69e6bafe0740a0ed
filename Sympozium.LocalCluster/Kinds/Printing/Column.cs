using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Printing;

/// <summary>A table column and how its cells are made.</summary>
internal sealed record Column(string Name, string Type, string Format, int Priority, string Description, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public const int Wide = 1;

    public static Column Named { get; } =
        new("Name", "string", "name", 0, "Name of the object, unique in its namespace.", (item, _) => Metadata(item, "name") ?? "");

    public static Column Age { get; } =
        new("Age", "string", "", 0, "Time since the server stored the object.", (item, now) => Ages.Since(Metadata(item, "creationTimestamp"), now));

    /// <summary>Roles and definitions show when, not how long ago.</summary>
    public static Column CreatedAt { get; } =
        new("Created At", "date", "", 0, "When the server stored the object.", (item, _) => Metadata(item, "creationTimestamp"));

    public static Column Text(string name, string description, Func<JsonObject, string> cell, int priority = 0) =>
        new(name, "string", "", priority, description, (item, _) => cell(item));

    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };

    public static string? Metadata(JsonObject item, string field) => GoJson.Text((item["metadata"] as JsonObject)?[field]);
}

/// <summary>Durations and ages as kubectl users know them.</summary>
internal static class Ages
{
    public const string Unknown = "<unknown>";

    public static string Since(string? time, DateTimeOffset now) => Parse(time) is { } start ? Show(now - start) : Unknown;

    public static DateTimeOffset? Parse(string? time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset parsed) ? parsed : null;

    public static string Show(TimeSpan span)
    {
        long seconds = (long)span.TotalSeconds;
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        return seconds switch
        {
            // Clocks of two machines differ a little; more than that is worth showing.
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => Part(seconds, "s"),
            < 600 => Parts(minutes, "m", seconds % 60, "s"),
            < 3 * 3600 => Part(minutes, "m"),
            < 8 * 3600 => Parts(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => Part(hours, "h"),
            < 8 * 86400 => Parts(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400L => Part(days, "d"),
            < 8 * 365 * 86400L => Parts(days / 365, "y", days % 365, "d"),
            _ => Part(days / 365, "y"),
        };
    }

    private static string Part(long number, string unit) => number.ToString(CultureInfo.InvariantCulture) + unit;

    private static string Parts(long number, string unit, long rest, string smaller) => rest == 0 ? Part(number, unit) : Part(number, unit) + Part(rest, smaller);
}
