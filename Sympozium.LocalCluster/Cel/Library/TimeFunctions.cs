using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Points in time and spans.</summary>
internal static class TimeFunctions
{
    private static readonly (string Unit, decimal Ticks)[] Units =
    [
        ("ns", 0.01m), ("us", 10), ("µs", 10), ("μs", 10), ("ms", TimeSpan.TicksPerMillisecond), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
    ];

    public static void Add(CelFunctions functions)
    {
        functions.Add("_+_(timestamp, duration): timestamp", a => Shift((DateTimeOffset)a[0], (TimeSpan)a[1]));
        functions.Add("_+_(duration, timestamp): timestamp", a => Shift((DateTimeOffset)a[1], (TimeSpan)a[0]));
        functions.Add("_+_(duration, duration): duration", a => (TimeSpan)a[0] + (TimeSpan)a[1]);
        functions.Add("_-_(timestamp, timestamp): duration", a => (DateTimeOffset)a[0] - (DateTimeOffset)a[1]);
        functions.Add("_-_(timestamp, duration): timestamp", a => Shift((DateTimeOffset)a[0], -(TimeSpan)a[1]));
        functions.Add("_-_(duration, duration): duration", a => (TimeSpan)a[0] - (TimeSpan)a[1]);
        functions.Add("-_(duration): duration", a => -(TimeSpan)a[0]);
        Part(functions, "getFullYear", time => time.Year);
        Part(functions, "getMonth", time => time.Month - 1);
        Part(functions, "getDayOfYear", time => time.DayOfYear - 1);
        Part(functions, "getDayOfMonth", time => time.Day - 1);
        Part(functions, "getDate", time => time.Day);
        Part(functions, "getDayOfWeek", time => (int)time.DayOfWeek);
        Part(functions, "getHours", time => time.Hour);
        Part(functions, "getMinutes", time => time.Minute);
        Part(functions, "getSeconds", time => time.Second);
        Part(functions, "getMilliseconds", time => time.Millisecond);
        functions.Add("duration.getHours(): int", a => (long)((TimeSpan)a[0]).TotalHours);
        functions.Add("duration.getMinutes(): int", a => (long)((TimeSpan)a[0]).TotalMinutes);
        functions.Add("duration.getSeconds(): int", a => (long)((TimeSpan)a[0]).TotalSeconds);
        functions.Add("duration.getMilliseconds(): int", a => (long)((TimeSpan)a[0]).TotalMilliseconds);
    }

    /// <exception cref="CelException">Not a time of RFC 3339.</exception>
    public static DateTimeOffset Time(string text)
    {
        try
        {
            return ParseTime(text);
        }
        catch (FormatException)
        {
            throw new CelException($"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it");
        }
    }

    /// <exception cref="CelException">Outside of the years 1 to 9999.</exception>
    public static DateTimeOffset Time(long seconds) => seconds is >= -62_135_596_800 and <= 253_402_300_799
        ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new CelException("timestamp overflow");

    /// <exception cref="CelException">Not a duration such as 1h30m.</exception>
    public static TimeSpan Duration(string text)
    {
        try
        {
            return ParseDuration(text);
        }
        catch (FormatException)
        {
            throw new CelException($"time: invalid duration \"{text}\"");
        }
    }

    /// <exception cref="FormatException">Neither a time nor a date of RFC 3339.</exception>
    public static DateTimeOffset ParseTime(string text) => text.Length >= 10 && char.IsAsciiDigit(text[0]) && text[4] == '-'
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
        : throw new FormatException("not a time");

    /// <summary>A duration as Go writes it: numbers with units, such as <c>1h30m</c> or <c>-1.5s</c>.</summary>
    /// <exception cref="FormatException">Not one, or too long.</exception>
    public static TimeSpan ParseDuration(string text)
    {
        ReadOnlySpan<char> rest = text;
        bool isNegative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return TimeSpan.Zero;
        }

        decimal ticks = 0;
        do
        {
            int length = 0;
            while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || rest[length] == '.'))
            {
                length++;
            }

            if (length is 0 or > 20 || !decimal.TryParse(rest[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            {
                throw new FormatException("a duration is numbers with units");
            }

            rest = rest[length..];
            (string unit, decimal size) = Unit(rest);
            rest = rest[unit.Length..];
            ticks += Math.Min(number, long.MaxValue) * size;
        }
        while (rest.Length > 0);
        return ticks <= long.MaxValue ? new TimeSpan((long)(isNegative ? -ticks : ticks)) : throw new FormatException("too long");
    }

    /// <summary>A time as CEL writes it.</summary>
    public static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>A duration as CEL writes it: in seconds.</summary>
    public static string Show(TimeSpan span)
    {
        decimal seconds = span.Ticks / (decimal)TimeSpan.TicksPerSecond;
        return new StringBuilder().Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s").ToString();
    }

    private static (string Unit, decimal Ticks) Unit(ReadOnlySpan<char> rest)
    {
        foreach ((string unit, decimal ticks) in Units)
        {
            // "m" is the beginning of "ms", which comes first in the list.
            if (rest.StartsWith(unit, StringComparison.Ordinal))
            {
                return (unit, ticks);
            }
        }

        throw new FormatException("a number without a unit");
    }

    private static DateTimeOffset Shift(DateTimeOffset time, TimeSpan by)
    {
        try
        {
            return time + by;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new CelException("timestamp overflow");
        }
    }

    private static void Part(CelFunctions functions, string name, Func<DateTimeOffset, int> part)
    {
        functions.Add($"timestamp.{name}(): int", a => (long)part(((DateTimeOffset)a[0]).ToUniversalTime()));
        functions.Add($"timestamp.{name}(string): int", a => (long)part(InZone((DateTimeOffset)a[0], (string)a[1])));
    }

    private static DateTimeOffset InZone(DateTimeOffset time, string zone)
    {
        string digits = zone.TrimStart('+', '-');
        if (digits.Length == 5 && digits[2] == ':' && TimeSpan.TryParseExact(digits, @"hh\:mm", CultureInfo.InvariantCulture, out TimeSpan offset))
        {
            return time.ToOffset(zone.StartsWith('-') ? -offset : offset);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found)
            ? TimeZoneInfo.ConvertTime(time, found)
            : throw new CelException($"unknown time zone {zone}");
    }
}
