using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Regular expressions, which take time in proportion to the text only.</summary>
internal static class RegexFunctions
{
    private const int MostCached = 512;

    private static readonly ConcurrentDictionary<string, Regex> Compiled = new(StringComparer.Ordinal);

    public static void Add(CelFunctions functions)
    {
        functions.Add("matches(string, string): bool", a => Get((string)a[1]).IsMatch((string)a[0]));
        functions.Add("string.matches(string): bool", a => Get((string)a[1]).IsMatch((string)a[0]));
        functions.Add("string.find(string): string", a => Get((string)a[1]).Match((string)a[0]).Value);
        functions.Add("string.findAll(string): list(string)", a => new CelList(Get((string)a[1]).Matches((string)a[0]).Select(match => match.Value)));
        functions.Add("string.findAll(string, int): list(string)", a => FindSome((string)a[0], (string)a[1], (long)a[2]));
    }

    /// <exception cref="CelException">Not a regular expression.</exception>
    public static Regex Get(string pattern)
    {
        if (Compiled.TryGetValue(pattern, out Regex? known))
        {
            return known;
        }

        if (Compiled.Count >= MostCached)
        {
            Compiled.Clear();
        }

        try
        {
            // RE2 has no constructs that need backtracking, so neither may these.
            string translated = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
            Regex made = new(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            Compiled[pattern] = made;
            return made;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new CelException($"error parsing regexp: {GoJson.Quote(pattern)} is not supported: {exception.Message}");
        }
    }

    private static CelList FindSome(string text, string pattern, long limit)
    {
        IEnumerable<string> found = Get(pattern).Matches(text).Select(match => match.Value);
        return new CelList(limit < 0 ? found : found.Take((int)Math.Min(limit, int.MaxValue)));
    }
}
