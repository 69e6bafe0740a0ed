using System.Globalization;
using System.Numerics;

namespace Sympozium.Abstractions.Resources;

/// <summary>An amount such as <c>500m</c>, <c>64Mi</c> or <c>1e3</c>, exact to a nano, with Kubernetes' canonical text.</summary>
/// <param name="Nanos">The amount in billionths.</param>
/// <param name="Form">How it was written.</param>
public readonly record struct Quantity(BigInteger Nanos, QuantityForm Form) : IComparable<Quantity>
{
    private const string Decimal = "numkMGTPE";
    private static readonly BigInteger Nano = BigInteger.Pow(10, 9);

    /// <summary>Reads an amount; false when the text is not one.</summary>
    public static bool TryParse(string text, out Quantity quantity)
    {
        quantity = default;
        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.' || (end == 0 && text[end] is '+' or '-')))
        {
            end++;
        }

        if (!TryDigits(text[..end], out BigInteger digits, out int decimals) || !TryUnit(text[end..], out BigInteger unit, out QuantityForm form))
        {
            return false;
        }

        // Less than a nano is rounded away from zero.
        BigInteger scaled = BigInteger.DivRem(digits * unit, BigInteger.Pow(10, decimals), out BigInteger rest);
        quantity = new Quantity(rest.IsZero ? scaled : scaled + rest.Sign, form);
        return true;
    }

    /// <summary>Less, by amount.</summary>
    public static bool operator <(Quantity left, Quantity right) => left.CompareTo(right) < 0;

    /// <summary>More, by amount.</summary>
    public static bool operator >(Quantity left, Quantity right) => left.CompareTo(right) > 0;

    /// <summary>Less or equal, by amount.</summary>
    public static bool operator <=(Quantity left, Quantity right) => left.CompareTo(right) <= 0;

    /// <summary>More or equal, by amount.</summary>
    public static bool operator >=(Quantity left, Quantity right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public int CompareTo(Quantity other) => Nanos.CompareTo(other.Nanos);

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Nanos.IsZero)
        {
            return "0";
        }

        BigInteger value = Nanos;
        if (Form == QuantityForm.BinaryUnit && (value % Nano).IsZero && BigInteger.Abs(value) >= 1024 * Nano)
        {
            value /= Nano;
            int power = 0;
            while (power < 6 && (value % 1024).IsZero)
            {
                value /= 1024;
                power++;
            }

            return value.ToString(CultureInfo.InvariantCulture) + (power == 0 ? "" : "KMGTPE"[power - 1] + "i");
        }

        int step = 0;
        while (step < 9 && (value % 1000).IsZero)
        {
            value /= 1000;
            step++;
        }

        string number = value.ToString(CultureInfo.InvariantCulture);
        return Form == QuantityForm.Exponent
            ? step == 3 ? number : string.Create(CultureInfo.InvariantCulture, $"{number}e{(step - 3) * 3}")
            : number + step switch { 3 => "", < 3 => Decimal[step].ToString(), _ => Decimal[step - 1].ToString() };
    }

    private static bool TryDigits(string text, out BigInteger digits, out int decimals)
    {
        decimals = 0;
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string plain = point < 0 ? text : text.Remove(point, 1);
        if (point >= 0)
        {
            decimals = plain.Length - point;
        }

        return BigInteger.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out digits);
    }

    /// <summary>The unit in nanos.</summary>
    private static bool TryUnit(string suffix, out BigInteger unit, out QuantityForm form)
    {
        (unit, form) = (Nano, QuantityForm.DecimalUnit);
        if (suffix.Length == 0)
        {
            return true;
        }

        if (suffix.Length == 2 && suffix[1] == 'i')
        {
            int power = "KMGTPE".IndexOf(suffix[0], StringComparison.Ordinal);
            (unit, form) = (Nano * BigInteger.Pow(1024, power + 1), QuantityForm.BinaryUnit);
            return power >= 0;
        }

        if (suffix.Length == 1 && Decimal.IndexOf(suffix[0], StringComparison.Ordinal) is var step && step >= 0)
        {
            unit = BigInteger.Pow(1000, step < 3 ? step : step + 1);
            return true;
        }

        if (suffix[0] is 'e' or 'E' && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent)
            && exponent is >= -9 and <= 18)
        {
            (unit, form) = (exponent >= 0 ? Nano * BigInteger.Pow(10, exponent) : Nano / BigInteger.Pow(10, -exponent), QuantityForm.Exponent);
            return true;
        }

        return false;
    }
}
