using System.Globalization;

namespace Sympozium.Abstractions.Resources;

/// <summary>
/// A cron expression: minute, hour, day of month, month and day of week as numbers or names with <c>*</c>, <c>?</c>, lists, ranges and
/// steps, or one of <c>@hourly</c>, <c>@daily</c>, <c>@midnight</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c> and <c>@annually</c>.
/// Day of month and day of week together mean either, as in crontab(5).
/// </summary>
public sealed class CronExpression
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly Field[] Fields =
    [
        new("minute", 0, 59, []),
        new("hour", 0, 23, []),
        new("day of month", 1, 31, []),
        new("month", 1, 12, Months),
        new("day of week", 0, 7, Weekdays),
    ];

    private static readonly Dictionary<string, string> Shortcuts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
    };

    /// <summary>Most days that the months have.</summary>
    private static readonly int[] LongestMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    private readonly ulong[] _sets;
    private readonly bool[] _any;

    private CronExpression(ulong[] sets, bool[] any)
    {
        _sets = sets;
        _any = any;
    }

    /// <summary>Whether there is any date that the expression means; the 30th of February is none.</summary>
    public bool IsReachable => !_any[4] || Enumerable.Range(1, 12).Any(month =>
        Holds(3, month) && Enumerable.Range(1, LongestMonth[month - 1]).Any(day => Holds(2, day)));

    /// <summary>Whether the expression means this minute of the clock that it is meant for.</summary>
    public bool Matches(DateTime local)
    {
        bool day = Holds(2, local.Day);
        bool weekday = Holds(4, (int)local.DayOfWeek);
        bool date = _any[2] || _any[4] ? day && weekday : day || weekday;
        return date && Holds(3, local.Month) && Holds(1, local.Hour) && Holds(0, local.Minute);
    }

    /// <summary>Reads an expression; <paramref name="problem"/> says what is wrong with it.</summary>
    public static CronExpression? Parse(string text, out string? problem)
    {
        problem = null;
        string expression = text.Trim();
        if (expression.StartsWith('@') && !Shortcuts.TryGetValue(expression, out expression!))
        {
            problem = $"'{text}' is no known shortcut; known are {string.Join(", ", Shortcuts.Keys)}";
            return null;
        }

        string[] parts = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
        {
            problem = $"'{text}' has {parts.Length} fields; a cron expression has five: minute, hour, day of month, month, day of week";
            return null;
        }

        var sets = new ulong[Fields.Length];
        var any = new bool[Fields.Length];
        for (int i = 0; i < Fields.Length; i++)
        {
            any[i] = parts[i] is "*" or "?";
            if (Set(Fields[i], parts[i]) is not ulong set)
            {
                Field field = Fields[i];
                string names = field.Names.Length > 0 ? $" or {field.Names[0]} to {field.Names[^1]}" : "";
                problem = $"'{text}' has '{parts[i]}' as its {field.Name}, which must be made of {field.Least} to {field.Most}{names}, with * , - and /";
                return null;
            }

            sets[i] = set;
        }

        // Sunday is 0 and 7.
        sets[4] |= sets[4] >> 7 & 1;
        return new CronExpression(sets, any);
    }

    private bool Holds(int field, int value) => (_sets[field] >> value & 1) != 0;

    private static ulong? Set(Field field, string text)
    {
        ulong set = 0;
        foreach (string item in text.Split(','))
        {
            if (Range(field, item) is not ulong range)
            {
                return null;
            }

            set |= range;
        }

        return set;
    }

    private static ulong? Range(Field field, string text)
    {
        string[] stepped = text.Split('/');
        string[] ends = stepped[0].Split('-');
        int step = 1;
        if (stepped.Length > 2 || ends.Length > 2 || (stepped.Length == 2 && (!Whole(stepped[1], out step) || step == 0)))
        {
            return null;
        }

        int? first;
        int? last;
        if (stepped[0] is "*" or "?")
        {
            (first, last) = (field.Least, field.Most);
        }
        else
        {
            first = Value(field, ends[0]);
            last = ends.Length == 2 ? Value(field, ends[1]) : stepped.Length == 2 ? field.Most : first;
        }

        if (first is null || last is null || first > last)
        {
            return null;
        }

        ulong set = 0;
        for (long value = first.Value; value <= last.Value; value += step)
        {
            set |= 1UL << (int)value;
        }

        return set;
    }

    private static int? Value(Field field, string text)
    {
        int name = Array.FindIndex(field.Names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name >= 0)
        {
            return name + field.Least;
        }

        return Whole(text, out int value) && value >= field.Least && value <= field.Most ? value : null;
    }

    private static bool Whole(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private sealed record Field(string Name, int Least, int Most, string[] Names);
}
