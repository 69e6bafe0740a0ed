using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary><c>"%s is %d".format([a, b])</c>.</summary>
internal static class TextFormat
{
    /// <exception cref="CelException">A clause that is not known, or arguments that do not fit.</exception>
    public static string Apply(string format, CelList arguments)
    {
        StringBuilder text = new();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            i++;
            int? precision = null;
            if (i < format.Length && format[i] == '.')
            {
                int start = ++i;
                while (i < format.Length && char.IsAsciiDigit(format[i]))
                {
                    i++;
                }

                precision = int.TryParse(format.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int digits) && digits <= 100
                    ? digits
                    : throw new CelException("error while parsing precision: it must be a number up to 100");
            }

            char clause = i < format.Length ? format[i] : throw new CelException("could not parse formatting clause: unexpected end of string");
            if (clause == '%')
            {
                text.Append('%');
                continue;
            }

            object argument = next < arguments.Count ? arguments[next++] : throw new CelException($"index {next} out of range");
            text.Append(Clause(clause, argument, precision));
        }

        return next == arguments.Count ? text.ToString() : throw new CelException($"too many arguments supplied to string.format (expected {next}, got {arguments.Count})");
    }

    private static string Clause(char clause, object value, int? precision) => (clause, value) switch
    {
        ('s', _) => Show(value),
        ('d', long or ulong) => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        ('d', double real) => ConversionFunctions.Show(real),
        ('f', double or long or ulong) => Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString($"F{precision ?? 6}", CultureInfo.InvariantCulture),
        ('e', double or long or ulong) => Scientific(Convert.ToDouble(value, CultureInfo.InvariantCulture), precision ?? 6),
        ('b', long whole) => whole < 0 ? "-" + Convert.ToString(-whole, 2) : Convert.ToString(whole, 2),
        ('b', bool flag) => flag ? "1" : "0",
        ('o', long whole) => whole < 0 ? "-" + Convert.ToString(-whole, 8) : Convert.ToString(whole, 8),
        ('x' or 'X', long whole) => Hex(clause, (whole < 0 ? "-" : "") + Math.Abs(whole).ToString("x", CultureInfo.InvariantCulture)),
        ('x' or 'X', string text) => Hex(clause, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))),
        ('x' or 'X', byte[] bytes) => Hex(clause, Convert.ToHexStringLower(bytes)),
        _ => throw new CelException($"error during formatting: clause %{clause} cannot be used with a value of type {CelValues.TypeName(value)}"),
    };

    private static string Hex(char clause, string text) => clause == 'X' ? text.ToUpperInvariant() : text;

    private static string Scientific(double real, int precision) =>
        real.ToString($"0.{new string('0', precision)}e+00", CultureInfo.InvariantCulture);

    private static string Show(object value) => value switch
    {
        CelNull => "null",
        bool flag => flag ? "true" : "false",
        long or ulong => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        double real => ConversionFunctions.Show(real),
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        DateTimeOffset time => TimeFunctions.Show(time),
        TimeSpan span => TimeFunctions.Show(span),
        CelList list => $"[{string.Join(", ", list.Select(Show))}]",
        CelMap map => $"{{{string.Join(", ", map.Keys.Select(key => $"{Show(key)}: {Show(map.Find(key)!)}").Order(StringComparer.Ordinal))}}}",
        CelTypeValue type => type.Name,
        _ => value.ToString() ?? "",
    };
}
