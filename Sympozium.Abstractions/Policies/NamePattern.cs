namespace Sympozium.Abstractions.Policies;

/// <summary>Names in which <c>*</c> stands for any characters, also none.</summary>
public static class NamePattern
{
    private const char Any = '*';

    /// <summary>Whether the whole of <paramref name="name"/> matches; letters count as they are written.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // Linear apart from the last star: what an earlier star took never has to be given back.
        int p = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == Any)
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart(Any).IsEmpty;
    }

    /// <summary>Whether it is a pattern and not a name.</summary>
    public static bool IsPattern(string pattern) => pattern.Contains(Any, StringComparison.Ordinal);

    /// <summary>How exactly a pattern says what it means: a whole name before every pattern, then by the letters that are fixed.</summary>
    public static int Precision(string pattern) => IsPattern(pattern) ? pattern.Count(c => c != Any) : int.MaxValue;
}
