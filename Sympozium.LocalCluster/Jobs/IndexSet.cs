using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>A set of completion indexes, written as Kubernetes writes it: <c>0,2-4,6,7</c>.</summary>
internal sealed class IndexSet
{
    private readonly SortedSet<int> _indexes;

    public IndexSet()
        : this([])
    {
    }

    private IndexSet(SortedSet<int> indexes) => _indexes = indexes;

    public int Count => _indexes.Count;

    /// <summary>Reads a list of numbers and ranges.</summary>
    /// <param name="text">The list; null and empty are the empty set.</param>
    /// <param name="limit">Indexes from here on are left out, as those of a Job that was made smaller are.</param>
    public static IndexSet Parse(string? text, int limit)
    {
        var indexes = new SortedSet<int>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last))
            {
                for (int index = first; index <= last && index < limit; index++)
                {
                    indexes.Add(index);
                }
            }
        }

        return new IndexSet(indexes);
    }

    public bool Contains(int index) => _indexes.Contains(index);

    public void Add(int index) => _indexes.Add(index);

    public void ExceptWith(IndexSet other) => _indexes.ExceptWith(other._indexes);

    public int CountIn(IndexSet other) => _indexes.Count(other.Contains);

    public override string ToString()
    {
        var text = new StringBuilder();
        int? first = null;
        int last = 0;
        foreach (int index in _indexes)
        {
            if (first is not null && index == last + 1)
            {
                last = index;
                continue;
            }

            Append(text, first, last);
            first = last = index;
        }

        Append(text, first, last);
        return text.ToString();
    }

    private static void Append(StringBuilder text, int? first, int last)
    {
        if (first is not { } start)
        {
            return;
        }

        text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{start}");
        if (last > start)
        {
            text.Append(last == start + 1 ? ',' : '-').Append(CultureInfo.InvariantCulture, $"{last}");
        }
    }
}
