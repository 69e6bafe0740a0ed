using System.Globalization;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Lists: Kubernetes' list library, sets, and the lists extension.</summary>
internal static class ListFunctions
{
    private const int LongestRange = 100_000;

    public static void Add(CelFunctions functions)
    {
        functions.Add("list(A).isSorted(): bool", a => IsSorted((CelList)a[0]));
        functions.Add("list(int).sum(): int", a => ((CelList)a[0]).Aggregate(0L, (sum, item) => checked(sum + (long)item)));
        functions.Add("list(uint).sum(): uint", a => ((CelList)a[0]).Aggregate(0UL, (sum, item) => checked(sum + (ulong)item)));
        functions.Add("list(double).sum(): double", a => ((CelList)a[0]).Aggregate(0d, (sum, item) => sum + (double)item));
        functions.Add("list(duration).sum(): duration", a => ((CelList)a[0]).Aggregate(TimeSpan.Zero, (sum, item) => sum + (TimeSpan)item));
        functions.Add("list(A).min(): A", a => Extreme((CelList)a[0], "min", -1));
        functions.Add("list(A).max(): A", a => Extreme((CelList)a[0], "max", 1));
        functions.Add("list(A).indexOf(A): int", a => Index((CelList)a[0], a[1], fromEnd: false));
        functions.Add("list(A).lastIndexOf(A): int", a => Index((CelList)a[0], a[1], fromEnd: true));
        functions.Add("sets.contains(list(A), list(A)): bool", a => Contains((CelList)a[0], (CelList)a[1]));
        functions.Add("sets.equivalent(list(A), list(A)): bool", a => Contains((CelList)a[0], (CelList)a[1]) && Contains((CelList)a[1], (CelList)a[0]));
        functions.Add("sets.intersects(list(A), list(A)): bool", a => ((CelList)a[0]).Any(item => Has((CelList)a[1], item)));
        functions.Add("list(A).distinct(): list(A)", a => Distinct((CelList)a[0]));
        functions.Add("list(A).reverse(): list(A)", a => new CelList(((CelList)a[0]).Reverse()));
        functions.Add("list(A).sort(): list(A)", a => new CelList(((CelList)a[0]).Order(Comparer<object>.Create(Compare))));
        functions.Add("list(A).slice(int, int): list(A)", a => Slice((CelList)a[0], (long)a[1], (long)a[2]));
        functions.Add("list(list(A)).flatten(): list(A)", a => new CelList(((CelList)a[0]).SelectMany(item => item as CelList ?? throw new CelException("no such overload"))));
        functions.Add("list(A).first(): optional_type(A)", a => (CelList)a[0] is { Count: > 0 } list ? new CelOptional(list[0]) : CelOptional.None);
        functions.Add("list(A).last(): optional_type(A)", a => (CelList)a[0] is { Count: > 0 } list ? new CelOptional(list[list.Count - 1]) : CelOptional.None);
        functions.Add("lists.range(int): list(int)", a => (long)a[0] is >= 0 and <= LongestRange and var count
            ? new CelList(Enumerable.Range(0, (int)count).Select(number => (object)(long)number))
            : throw new CelException($"lists.range: the length must be from 0 to {LongestRange}"));
    }

    private static int Compare(object left, object right) => CelValues.Order(left, right) ?? throw new CelException("no such overload");

    private static bool IsSorted(CelList list)
    {
        for (int i = 1; i < list.Count; i++)
        {
            if (Compare(list[i - 1], list[i]) > 0)
            {
                return false;
            }
        }

        return true;
    }

    private static object Extreme(CelList list, string name, int sign)
    {
        object? best = null;
        foreach (object item in list)
        {
            best = best is null || Compare(item, best) * sign > 0 ? item : best;
        }

        return best ?? throw new CelException($"{name} called on empty list");
    }

    private static long Index(CelList list, object item, bool fromEnd)
    {
        for (int i = 0; i < list.Count; i++)
        {
            int at = fromEnd ? list.Count - 1 - i : i;
            if (CelValues.AreEqual(list[at], item))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool Has(CelList list, object item) => list.Any(candidate => CelValues.AreEqual(candidate, item));

    private static bool Contains(CelList list, CelList part) => part.All(item => Has(list, item));

    private static CelList Distinct(CelList list)
    {
        List<object> seen = [];
        foreach (object item in list)
        {
            if (!seen.Exists(known => CelValues.AreEqual(known, item)))
            {
                seen.Add(item);
            }
        }

        return new CelList(seen);
    }

    private static CelList Slice(CelList list, long start, long end)
    {
        if (start < 0 || end > list.Count || start > end)
        {
            throw new CelException(string.Create(CultureInfo.InvariantCulture, $"cannot slice({start}, {end}), list is length {list.Count}"));
        }

        return new CelList(list.Skip((int)start).Take((int)(end - start)));
    }
}
