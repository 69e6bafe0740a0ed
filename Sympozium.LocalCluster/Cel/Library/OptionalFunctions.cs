namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Optionals.</summary>
internal static class OptionalFunctions
{
    public static void Add(CelFunctions functions)
    {
        functions.Add("optional.of(A): optional_type(A)", a => new CelOptional(a[0]));
        functions.Add("optional.none(): optional_type(A)", _ => CelOptional.None);
        functions.Add("optional.ofNonZeroValue(A): optional_type(A)", a => IsZero(a[0]) ? CelOptional.None : new CelOptional(a[0]));
        functions.Add("optional_type(A).hasValue(): bool", a => ((CelOptional)a[0]).Value is not null);
        functions.Add("optional_type(A).value(): A", a => ((CelOptional)a[0]).Value ?? throw new CelException("optional.none() dereference"));
        functions.Add("optional_type(A).or(optional_type(A)): optional_type(A)", a => ((CelOptional)a[0]).Value is null ? a[1] : a[0]);
        functions.Add("optional_type(A).orValue(A): A", a => ((CelOptional)a[0]).Value ?? a[1]);
    }

    private static bool IsZero(object value) => value switch
    {
        CelNull => true,
        bool flag => !flag,
        long whole => whole == 0,
        ulong whole => whole == 0,
        double real => real == 0,
        string text => text.Length == 0,
        byte[] bytes => bytes.Length == 0,
        CelList list => list.Count == 0,
        CelMap map => map.Count == 0,
        TimeSpan span => span == TimeSpan.Zero,
        _ => false,
    };
}
