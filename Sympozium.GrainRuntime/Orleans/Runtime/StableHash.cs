namespace Orleans.Runtime;

/// <summary>A hash of text that is the same in every process (FNV-1a, 32 bits, over UTF-16 units).</summary>
internal static class StableHash
{
    public static uint Compute(string text)
    {
        var hash = 2166136261u;
        foreach (var unit in text)
        {
            hash = unchecked((hash ^ unit) * 16777619u);
        }

        return hash;
    }
}
