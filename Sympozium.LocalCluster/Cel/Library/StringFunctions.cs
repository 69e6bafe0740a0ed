using System.Globalization;
using System.Text;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Texts: the standard functions and the strings library. Positions count code points.</summary>
internal static class StringFunctions
{
    public static void Add(CelFunctions functions)
    {
        functions.Add("string.contains(string): bool", a => ((string)a[0]).Contains((string)a[1], StringComparison.Ordinal));
        functions.Add("string.startsWith(string): bool", a => ((string)a[0]).StartsWith((string)a[1], StringComparison.Ordinal));
        functions.Add("string.endsWith(string): bool", a => ((string)a[0]).EndsWith((string)a[1], StringComparison.Ordinal));
        functions.Add("string.charAt(int): string", a => CharAt((string)a[0], (long)a[1]));
        functions.Add("string.indexOf(string): int", a => IndexOf((string)a[0], (string)a[1], 0));
        functions.Add("string.indexOf(string, int): int", a => IndexOf((string)a[0], (string)a[1], (long)a[2]));
        functions.Add("string.lastIndexOf(string): int", a => LastIndexOf((string)a[0], (string)a[1], long.MaxValue));
        functions.Add("string.lastIndexOf(string, int): int", a => LastIndexOf((string)a[0], (string)a[1], (long)a[2]));
        functions.Add("string.lowerAscii(): string", a => Ascii((string)a[0], char.ToLowerInvariant));
        functions.Add("string.upperAscii(): string", a => Ascii((string)a[0], char.ToUpperInvariant));
        functions.Add("string.replace(string, string): string", a => Replace((string)a[0], (string)a[1], (string)a[2], -1));
        functions.Add("string.replace(string, string, int): string", a => Replace((string)a[0], (string)a[1], (string)a[2], (long)a[3]));
        functions.Add("string.split(string): list(string)", a => Split((string)a[0], (string)a[1], -1));
        functions.Add("string.split(string, int): list(string)", a => Split((string)a[0], (string)a[1], (long)a[2]));
        functions.Add("string.substring(int): string", a => Substring((string)a[0], (long)a[1], Length((string)a[0])));
        functions.Add("string.substring(int, int): string", a => Substring((string)a[0], (long)a[1], (long)a[2]));
        functions.Add("string.trim(): string", a => ((string)a[0]).Trim());
        functions.Add("string.reverse(): string", a => string.Concat(((string)a[0]).EnumerateRunes().Reverse().Select(rune => rune.ToString())));
        functions.Add("strings.quote(string): string", a => GoJson.Quote((string)a[0]));
        functions.Add("list(string).join(): string", a => string.Concat(((CelList)a[0]).Select(Text)));
        functions.Add("list(string).join(string): string", a => string.Join((string)a[1], ((CelList)a[0]).Select(Text)));
        functions.Add("string.format(list(dyn)): string", a => TextFormat.Apply((string)a[0], (CelList)a[1]));
    }

    public static int Length(string text)
    {
        int pairs = 0;
        foreach (char c in text)
        {
            pairs += char.IsLowSurrogate(c) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    private static string Text(object value) => value as string ?? throw new CelException("no such overload");

    private static string CharAt(string text, long index)
    {
        int length = Length(text);
        if (index < 0 || index > length)
        {
            throw new CelException($"index out of range: {index}");
        }

        return index == length ? "" : text.EnumerateRunes().ElementAt((int)index).ToString();
    }

    private static long IndexOf(string text, string part, long from)
    {
        if (from < 0 || from > Length(text))
        {
            throw new CelException($"index out of range: {from}");
        }

        int start = Offset(text, from);
        int found = text.IndexOf(part, start, StringComparison.Ordinal);
        return found < 0 ? -1 : Length(text[..found]);
    }

    private static long LastIndexOf(string text, string part, long until)
    {
        int length = Length(text);
        if (until != long.MaxValue && (until < 0 || until > length))
        {
            throw new CelException($"index out of range: {until}");
        }

        int last = Offset(text, Math.Min(until, length));
        for (int i = Math.Min(last, text.Length - part.Length); i >= 0; i--)
        {
            if (string.CompareOrdinal(text, i, part, 0, part.Length) == 0)
            {
                return Length(text[..i]);
            }
        }

        return -1;
    }

    /// <summary>The offset in UTF-16 of a position that counts code points.</summary>
    private static int Offset(string text, long position)
    {
        int offset = 0;
        for (long i = 0; i < position; i++)
        {
            offset += char.IsHighSurrogate(text[offset]) ? 2 : 1;
        }

        return offset;
    }

    private static string Ascii(string text, Func<char, char> change) => string.Create(text.Length, (text, change), static (span, state) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            span[i] = char.IsAscii(state.text[i]) ? state.change(state.text[i]) : state.text[i];
        }
    });

    private static string Replace(string text, string old, string replacement, long times)
    {
        if (times < 0)
        {
            times = long.MaxValue;
        }

        StringBuilder result = new();
        int at = 0;
        for (long count = 0; count < times && at <= text.Length; count++)
        {
            int found = old.Length == 0 ? at : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            result.Append(text, at, found - at).Append(replacement);
            at = found + old.Length;
            if (old.Length == 0)
            {
                if (at == text.Length)
                {
                    return result.ToString();
                }

                result.Append(text[at++]);
            }
        }

        return result.Append(text.AsSpan(Math.Min(at, text.Length))).ToString();
    }

    private static CelList Split(string text, string separator, long limit)
    {
        if (limit == 0)
        {
            return new CelList([]);
        }

        if (separator.Length == 0)
        {
            return new CelList(text.EnumerateRunes().Select(rune => (object)rune.ToString()));
        }

        string[] parts = limit < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(limit, int.MaxValue));
        return new CelList(parts);
    }

    private static string Substring(string text, long start, long end)
    {
        int length = Length(text);
        if (start < 0 || start > length || end < 0 || end > length)
        {
            throw new CelException(string.Create(CultureInfo.InvariantCulture, $"index out of range: {(start < 0 || start > length ? start : end)}"));
        }

        if (start > end)
        {
            throw new CelException($"invalid substring range. start: {start}, end: {end}");
        }

        return text[Offset(text, start)..Offset(text, end)];
    }
}
