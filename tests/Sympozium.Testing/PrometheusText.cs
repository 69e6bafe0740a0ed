using System.Globalization;
using System.Text.RegularExpressions;

namespace Sympozium.Testing;

/// <summary>Reads Prometheus' text format.</summary>
public static partial class PrometheusText
{
    /// <summary>The one value of a metric whose labels contain these.</summary>
    /// <exception cref="InvalidOperationException">There is none, or there are several.</exception>
    public static double Value(string page, string name, params string[] labels)
    {
        double[] found = Find(page, name, labels);
        return found.Length == 1 ? found[0] : throw new InvalidOperationException($"{found.Length} samples of {name} with {string.Join(", ", labels)} in:\n{page}");
    }

    /// <summary>The sum of all values of a metric whose labels contain these: what has counted nothing yet is on no page.</summary>
    public static double Sum(IEnumerable<string> pages, string name, params string[] labels) => pages.Sum(page => Find(page, name, labels).Sum());

    private static double[] Find(string page, string name, string[] labels) =>
    [
        .. page.Split('\n').Select(line => Sample().Match(line))
            .Where(match => match.Groups["name"].Value == name && Array.TrueForAll(labels, label => match.Groups["labels"].Value.Contains(label, StringComparison.Ordinal)))
            .Select(match => double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)),
    ];

    [GeneratedRegex(@"^(?<name>[a-z_]+)(\{(?<labels>.*)\})? (?<value>\S+)")]
    private static partial Regex Sample();
}
