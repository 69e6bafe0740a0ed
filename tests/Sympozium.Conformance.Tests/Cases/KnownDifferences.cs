namespace Sympozium.Conformance.Tests.Cases;

/// <summary>The cases that this version does not pass yet, each with its reason: <c>known-differences.txt</c>.</summary>
internal static class KnownDifferences
{
    public const string FileName = "known-differences.txt";

    private static readonly Dictionary<string, string> Reasons = Read();

    /// <summary>Every listed id.</summary>
    public static IEnumerable<string> Ids => Reasons.Keys;

    /// <summary>Why a case is expected to differ; null when it must pass.</summary>
    public static string? ReasonOf(string id) => Reasons.GetValueOrDefault(id);

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> reasons = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(ConformanceCase.Asset(FileName)).Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts is not [_, { Length: > 0 } reason])
            {
                throw new FormatException($"{FileName}: '{line}' is not 'case id: reason'.");
            }

            reasons.Add(parts[0], reason);
        }

        return reasons;
    }
}
