using System.Globalization;

namespace Sympozium.Cli.Output;

/// <summary>Durations as kubectl shows them in its AGE columns: the shorter, the finer.</summary>
internal static class AgeText
{
    public static string Of(TimeSpan age)
    {
        int seconds = (int)Math.Max(0, age.TotalSeconds);
        int minutes = seconds / 60;
        int hours = minutes / 60;
        int days = hours / 24;
        return (seconds, minutes, hours, days) switch
        {
            ( < 120, _, _, _) => $"{seconds}s",
            (_, < 10, _, _) => Two(minutes, "m", seconds % 60, "s"),
            (_, < 180, _, _) => $"{minutes}m",
            (_, _, < 8, _) => Two(hours, "h", minutes % 60, "m"),
            (_, _, < 48, _) => $"{hours}h",
            (_, _, _, < 8) => Two(days, "d", hours % 24, "h"),
            (_, _, _, < 730) => $"{days}d",
            _ => Two(days / 365, "y", days % 365, "d"),
        };
    }

    /// <summary>Age of a timestamp of the API; <c>&lt;unknown&gt;</c> when it is none.</summary>
    public static string Since(string? timestamp, TimeProvider time) =>
        DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset then)
            ? Of(time.GetUtcNow() - then)
            : "<unknown>";

    /// <summary>A duration that something took, with tenths of seconds while it is short.</summary>
    public static string Took(TimeSpan span) =>
        span < TimeSpan.FromSeconds(60) ? $"{span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s" : Of(span);

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
