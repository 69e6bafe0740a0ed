using System.Numerics;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Kubernetes' library of quantities such as <c>500m</c> or <c>2Gi</c>.</summary>
internal static class QuantityFunctions
{
    public static readonly CelType Type = CelType.Opaque("kubernetes.Quantity");

    private static readonly BigInteger Whole = 1_000_000_000;

    public static void Add(CelFunctions functions)
    {
        functions.Add("quantity(string): quantity", a => Parse((string)a[0]));
        functions.Add("isQuantity(string): bool", a => Quantity.TryParse((string)a[0], out _));
        functions.Add("quantity.sign(): int", a => (long)Nanos(a[0]).Sign);
        functions.Add("quantity.isInteger(): bool", a => Nanos(a[0]) % Whole == 0);
        functions.Add("quantity.asInteger(): int", a => Nanos(a[0]) % Whole == 0 ? (long)(Nanos(a[0]) / Whole) : throw new CelException("cannot convert value to integer"));
        functions.Add("quantity.asApproximateFloat(): double", a => (double)Nanos(a[0]) / (double)Whole);
        functions.Add("quantity.isGreaterThan(quantity): bool", a => Compare(a) > 0);
        functions.Add("quantity.isLessThan(quantity): bool", a => Compare(a) < 0);
        functions.Add("quantity.compareTo(quantity): int", a => (long)Math.Sign(Compare(a)));
        functions.Add("quantity.add(quantity): quantity", a => With(a[0], Nanos(a[0]) + Nanos(a[1])));
        functions.Add("quantity.add(int): quantity", a => With(a[0], Nanos(a[0]) + ((long)a[1] * Whole)));
        functions.Add("quantity.sub(quantity): quantity", a => With(a[0], Nanos(a[0]) - Nanos(a[1])));
        functions.Add("quantity.sub(int): quantity", a => With(a[0], Nanos(a[0]) - ((long)a[1] * Whole)));
    }

    private static int Compare(object[] arguments) => ((Quantity)arguments[0]).CompareTo((Quantity)arguments[1]);

    private static Quantity Parse(string text) => Quantity.TryParse(text, out Quantity quantity)
        ? quantity
        : throw new CelException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    private static BigInteger Nanos(object quantity) => ((Quantity)quantity).Nanos;

    private static object With(object quantity, BigInteger nanos) => (Quantity)quantity with { Nanos = nanos };
}
