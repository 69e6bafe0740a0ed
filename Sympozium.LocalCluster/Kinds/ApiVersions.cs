using System.Globalization;
using System.Text.RegularExpressions;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>The order of API versions: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name.</summary>
public static partial class ApiVersions
{
    /// <summary>Newest and most stable first.</summary>
    public static IComparer<string> NewestFirst { get; } = Comparer<string>.Create(Compare);

    private static int Compare(string left, string right)
    {
        (int Stage, int Major, int Minor) a = Rank(left);
        (int Stage, int Major, int Minor) b = Rank(right);
        int order = b.CompareTo(a);
        return order != 0 ? order : string.CompareOrdinal(left, right);
    }

    private static (int Stage, int Major, int Minor) Rank(string version)
    {
        Match match = Pattern().Match(version);
        if (!match.Success)
        {
            return default;
        }

        int stage = match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 };
        return (stage, Number(match.Groups[1].Value), Number(match.Groups[3].Value));
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    [GeneratedRegex(@"^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
