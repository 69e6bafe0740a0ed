namespace Sympozium.Cli.Clusters;

/// <summary>Finds what a person probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The candidate with the fewest typing mistakes; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        int limit = Math.Max(1, word.Length / 3);
        return candidates
            .Where(c => c.Length > 0)
            .Select(c => (Candidate: c, Distance: Distance(word, c)))
            .Where(p => p.Distance <= limit)
            .OrderBy(p => p.Distance)
            .Select(p => p.Candidate)
            .FirstOrDefault();
    }

    // Levenshtein, case-insensitive, two rows.
    private static int Distance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        int[] current = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
            }
            (previous, current) = (current, previous);
        }
        return previous[right.Length];
    }
}
