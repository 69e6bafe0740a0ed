using System.Globalization;

namespace Sympozium.Benchmarks;

/// <summary>Percentiles of measured durations.</summary>
internal sealed class Percentiles(IEnumerable<TimeSpan> durations)
{
    private readonly double[] _milliseconds = [.. durations.Select(duration => duration.TotalMilliseconds).Order()];

    /// <summary>Cells n, p50, p90, p99 and the longest, in milliseconds.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["n", "p50 ms", "p90 ms", "p99 ms", "max ms"];

    public IEnumerable<string> Cells =>
        [_milliseconds.Length.ToString(CultureInfo.InvariantCulture), Format(At(0.5)), Format(At(0.9)), Format(At(0.99)), Format(At(1))];

    /// <summary>The value at a rank from 0 to 1, by the nearest-rank method.</summary>
    public double At(double rank) => _milliseconds[Math.Clamp((int)Math.Ceiling(rank * _milliseconds.Length) - 1, 0, _milliseconds.Length - 1)];

    public static string Format(double milliseconds) => milliseconds.ToString(milliseconds < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
