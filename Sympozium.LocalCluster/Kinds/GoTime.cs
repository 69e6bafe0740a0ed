using System.Globalization;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Times as Go's <c>time.Parse</c> reads them, with its words for what it cannot read.</summary>
internal static class GoTime
{
    private const string Seconds = "2006-01-02T15:04:05Z07:00";
    private const string Micros = "2006-01-02T15:04:05.000000Z07:00";
    private const string Zone = "Z07:00";
    private const int MicroDigits = 7; // With the point.

    private static readonly (string Layout, int Digits, int Least, int Most, string Name)[] Parts =
    [
        ("2006", 4, 0, 9999, "year"), ("-", 0, 0, 0, ""), ("01", 2, 1, 12, "month"), ("-", 0, 0, 0, ""), ("02", 2, 1, 31, "day"), ("T", 0, 0, 0, ""),
        ("15", 2, 0, 23, "hour"), (":", 0, 0, 0, ""), ("04", 2, 0, 59, "minute"), (":", 0, 0, 0, ""), ("05", 2, 0, 59, "second"),
    ];

    /// <summary>What is wrong with a time; null when nothing is.</summary>
    /// <param name="text">The time.</param>
    /// <param name="micro">Exactly six digits of a second are asked for; otherwise any number of them is allowed.</param>
    public static string? FindError(string text, bool micro)
    {
        string layout = micro ? Micros : Seconds;
        ReadOnlySpan<char> rest = text;
        if (FindDateError(text, layout, ref rest) is { } error)
        {
            return error;
        }

        if (micro && (rest.Length < MicroDigits || rest[0] != '.' || rest[1..MicroDigits].ContainsAnyExceptInRange('0', '9')))
        {
            return Cannot(text, layout, rest, ".000000");
        }

        rest = rest[(micro ? MicroDigits : Fraction(rest))..];
        int zone = ZoneLength(rest);
        if (zone == 0)
        {
            return Cannot(text, layout, rest, Zone);
        }

        if (rest.Length > zone)
        {
            return $"parsing time {GoJson.Quote(text)}: extra text: {GoJson.Quote(rest[zone..].ToString())}";
        }

        return HasThatDay(text) ? null : $"parsing time {GoJson.Quote(text)}: day out of range";
    }

    private static string? FindDateError(string text, string layout, ref ReadOnlySpan<char> rest)
    {
        foreach ((string part, int digits, int least, int most, string name) in Parts)
        {
            bool isLiteral = digits == 0;
            int length = isLiteral ? part.Length : digits;
            if (rest.Length < length || (isLiteral ? !rest.StartsWith(part, StringComparison.Ordinal) : rest[..length].ContainsAnyExceptInRange('0', '9')))
            {
                return Cannot(text, layout, rest, part);
            }

            if (!isLiteral && int.Parse(rest[..length], CultureInfo.InvariantCulture) is var number && (number < least || number > most))
            {
                return $"parsing time {GoJson.Quote(text)}: {name} out of range";
            }

            rest = rest[length..];
        }

        return null;
    }

    private static string Cannot(string text, string layout, ReadOnlySpan<char> rest, string part) =>
        $"parsing time {GoJson.Quote(text)} as {GoJson.Quote(layout)}: cannot parse {GoJson.Quote(rest.ToString())} as {GoJson.Quote(part)}";

    private static int Fraction(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2 || rest[0] is not ('.' or ',') || !char.IsAsciiDigit(rest[1]))
        {
            return 0;
        }

        int end = rest[1..].IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? rest.Length : end + 1;
    }

    private static int ZoneLength(ReadOnlySpan<char> rest)
    {
        if (rest.Length > 0 && rest[0] == 'Z')
        {
            return 1;
        }

        bool offset = rest.Length >= Zone.Length && rest[0] is '+' or '-' && rest[3] == ':'
            && !rest[1..3].ContainsAnyExceptInRange('0', '9') && !rest[4..6].ContainsAnyExceptInRange('0', '9');
        return offset ? Zone.Length : 0;
    }

    private static bool HasThatDay(string text)
    {
        int year = int.Parse(text.AsSpan(0, 4), CultureInfo.InvariantCulture);
        int month = int.Parse(text.AsSpan(5, 2), CultureInfo.InvariantCulture);

        // The year 0 is one in Go, not in .NET; it has the months of the year 4.
        return int.Parse(text.AsSpan(8, 2), CultureInfo.InvariantCulture) <= DateTime.DaysInMonth(year == 0 ? 4 : year, month);
    }
}
