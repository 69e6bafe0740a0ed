using System.Globalization;

namespace Sympozium.Abstractions.Resources;

/// <summary>Durations as Go writes them: <c>300ms</c>, <c>90s</c>, <c>5m</c>, <c>1h30m</c>, <c>1.5h</c> (https://pkg.go.dev/time#ParseDuration).</summary>
public static class GoDuration
{
    /// <summary>As in Go, where a duration is 64 bits of nanoseconds: about 292 years.</summary>
    private const double MostSeconds = long.MaxValue / 1e9;

    private static readonly (string Unit, double Seconds)[] Units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a positive duration; false when the text is not one.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = CountWhile(rest, c => char.IsAsciiDigit(c) || c == '.');
            int letters = CountWhile(rest[digits..], c => !char.IsAsciiDigit(c) && c != '.');
            string unit = rest.Slice(digits, letters).ToString();
            (string Unit, double Seconds) known = Array.Find(Units, u => u.Unit == unit);
            if (known.Unit is null || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            seconds += number * known.Seconds;
            rest = rest[(digits + letters)..];
        }

        if (!(seconds < MostSeconds))
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return duration > TimeSpan.Zero;
    }

    /// <summary>Writes a duration so that it can be read again, in hours, minutes and seconds: <c>1h30m</c>, <c>90s</c> is <c>1m30s</c>.</summary>
    public static string Write(TimeSpan duration)
    {
        long hours = (long)duration.TotalHours;
        string text = (hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h") : "") + (duration.Minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes}m") : "");
        double seconds = (duration.Ticks % TimeSpan.TicksPerMinute) / (double)TimeSpan.TicksPerSecond;
        return seconds > 0 || text.Length == 0 ? text + seconds.ToString("0.#######", CultureInfo.InvariantCulture) + "s" : text;
    }

    private static int CountWhile(ReadOnlySpan<char> text, Func<char, bool> accept)
    {
        int count = 0;
        while (count < text.Length && accept(text[count]))
        {
            count++;
        }

        return count;
    }
}
