namespace Sympozium.Abstractions.Policies;

/// <summary>A limit or demand with the rule that it comes from.</summary>
/// <typeparam name="T">What is limited.</typeparam>
/// <param name="Value">The limit.</param>
/// <param name="Rule">Field of the policy, for example <c>spec.sandboxPolicy.maxCPU</c>, or its template.</param>
/// <param name="Source">The policy.</param>
public sealed record Ruled<T>(T Value, string Rule, PolicySource Source)
{
    /// <summary>As refusals end: who refused, by which rule.</summary>
    public string By => $"{Source}, rule {Rule}";
}

/// <summary>How two policies' limits combine. All of these are commutative, associative and idempotent.</summary>
internal static class Tighter
{
    /// <summary>The lower of two limits; of equal ones that of the nearer policy.</summary>
    public static Ruled<T>? Lower<T>(Ruled<T>? a, Ruled<T>? b)
        where T : IComparable<T>
    {
        if (a is null || b is null)
        {
            return a ?? b;
        }

        int order = a.Value.CompareTo(b.Value);
        return order < 0 || (order == 0 && Compare(a, b) <= 0) ? a : b;
    }

    /// <summary>Of two that say the same, or of two defaults, that of the nearer policy.</summary>
    public static Ruled<T>? Nearer<T>(Ruled<T>? a, Ruled<T>? b) => a is null || b is null ? a ?? b : Compare(a, b) <= 0 ? a : b;

    /// <summary>Everything that either demands, in one order and without repetition.</summary>
    public static IReadOnlyList<Ruled<T>> Both<T>(IReadOnlyList<Ruled<T>> a, IReadOnlyList<Ruled<T>> b) =>
        b.Count == 0 ? a : a.Count == 0 ? b : [.. a.Concat(b).DistinctBy(Key).OrderBy(Key, StringComparer.Ordinal)];

    private static int Compare<T>(Ruled<T> a, Ruled<T> b) => string.CompareOrdinal(Key(a), Key(b));

    /// <summary>Nearer policies first; then any fixed order.</summary>
    private static string Key<T>(Ruled<T> item) => $"{(int)item.Source.Origin} {item.Source.Policy} {item.Rule} {item.Value}";
}
