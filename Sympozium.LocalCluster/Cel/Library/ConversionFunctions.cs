using System.Globalization;
using System.Text;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Conversions between the basic types.</summary>
internal static class ConversionFunctions
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Add(CelFunctions functions)
    {
        functions.Add("dyn(A): dyn", a => a[0]);
        functions.Add("type(A): type", a => new CelTypeValue(CelValues.TypeName(a[0])));
        functions.Add("bool(bool): bool", a => a[0]);
        functions.Add("bool(string): bool", a => Flag((string)a[0]));
        functions.Add("int(int): int", a => a[0]);
        functions.Add("int(uint): int", a => checked((long)(ulong)a[0]));
        functions.Add("int(double): int", a => Whole((double)a[0]));
        functions.Add("int(string): int", a => Parse((string)a[0]));
        functions.Add("int(timestamp): int", a => ((DateTimeOffset)a[0]).ToUnixTimeSeconds());
        functions.Add("uint(uint): uint", a => a[0]);
        functions.Add("uint(int): uint", a => checked((ulong)(long)a[0]));
        functions.Add("uint(double): uint", a => (double)a[0] is >= 0 and < 18446744073709551616d and var real ? (ulong)real : throw new CelException("unsigned integer overflow"));
        functions.Add("uint(string): uint", a => ulong.TryParse((string)a[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new CelException($"strconv.ParseUint: parsing {GoJson.Quote((string)a[0])}: invalid syntax"));
        functions.Add("double(double): double", a => a[0]);
        functions.Add("double(int): double", a => (double)(long)a[0]);
        functions.Add("double(uint): double", a => (double)(ulong)a[0]);
        functions.Add("double(string): double", a => double.TryParse((string)a[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
            ? real
            : throw new CelException($"strconv.ParseFloat: parsing {GoJson.Quote((string)a[0])}: invalid syntax"));
        Texts(functions);
        functions.Add("bytes(bytes): bytes", a => a[0]);
        functions.Add("bytes(string): bytes", a => Strict.GetBytes((string)a[0]));
        functions.Add("timestamp(timestamp): timestamp", a => a[0]);
        functions.Add("timestamp(string): timestamp", a => TimeFunctions.Time((string)a[0]));
        functions.Add("timestamp(int): timestamp", a => TimeFunctions.Time((long)a[0]));
        functions.Add("duration(duration): duration", a => a[0]);
        functions.Add("duration(string): duration", a => TimeFunctions.Duration((string)a[0]));
    }

    /// <summary>A real number as CEL writes it.</summary>
    public static string Show(double real) => real switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ when real == Math.Floor(real) && Math.Abs(real) < 1e21 => real.ToString("F0", CultureInfo.InvariantCulture),
        _ => real.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    };

    private static void Texts(CelFunctions functions)
    {
        functions.Add("string(string): string", a => a[0]);
        functions.Add("string(bool): string", a => (bool)a[0] ? "true" : "false");
        functions.Add("string(int): string", a => ((long)a[0]).ToString(CultureInfo.InvariantCulture));
        functions.Add("string(uint): string", a => ((ulong)a[0]).ToString(CultureInfo.InvariantCulture));
        functions.Add("string(double): string", a => Show((double)a[0]));
        functions.Add("string(bytes): string", a =>
        {
            try
            {
                return Strict.GetString((byte[])a[0]);
            }
            catch (DecoderFallbackException)
            {
                throw new CelException("invalid UTF-8 in bytes, cannot convert to string");
            }
        });
        functions.Add("string(timestamp): string", a => TimeFunctions.Show((DateTimeOffset)a[0]));
        functions.Add("string(duration): string", a => TimeFunctions.Show((TimeSpan)a[0]));
    }

    private static bool Flag(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw new CelException($"strconv.ParseBool: parsing {GoJson.Quote(text)}: invalid syntax"),
    };

    private static long Whole(double real) => real is > -9223372036854775808d and < 9223372036854775808d ? (long)real : throw new CelException("integer overflow");

    private static long Parse(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new CelException($"strconv.ParseInt: parsing {GoJson.Quote(text)}: invalid syntax");
}
