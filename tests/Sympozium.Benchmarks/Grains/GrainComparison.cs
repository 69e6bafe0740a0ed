using System.Diagnostics;
using System.Globalization;

namespace Sympozium.Benchmarks.Grains;

/// <summary>
/// The local grain runtime against Orleans: this program as the two builds made it, by turns in one run, so that whatever else the machine does
/// hits both.
/// </summary>
internal static class GrainComparison
{
    /// <summary>Path of <c>sympozium-benchmarks.dll</c> of the other build.</summary>
    private const string OtherVariable = "SYMPOZIUM_BENCHMARK_OTHER";

    private const int Rounds = 3;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        string other = Environment.GetEnvironmentVariable(OtherVariable) ?? throw new InvalidOperationException(
            $"{OtherVariable} is not set: name sympozium-benchmarks.dll of the other build, for example artifacts/orleans/bin/Sympozium.Benchmarks/release/sympozium-benchmarks.dll.");
        string own = Path.Combine(AppContext.BaseDirectory, "sympozium-benchmarks.dll");
        var best = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string program in new[] { own, other })
            {
                (string runtime, double[] figures) = await MeasureAsync(program);
                best[runtime] = best.TryGetValue(runtime, out double[]? before)
                    ? [Math.Max(before[0], figures[0]), .. before.Skip(1).Zip(figures.Skip(1), Math.Min)]
                    : figures;
            }
        }

        double[] local = best["local"];
        double[] orleans = best["Orleans"];
        return
        [
            new BenchmarkTable(
                "Local grain runtime and Orleans",
                GrainFigures.Columns,
                [
                    ["local", .. local.Select(Number)],
                    ["Orleans", .. orleans.Select(Number)],
                    ["local / Orleans", .. local.Zip(orleans, (one, two) => (one / two).ToString("0.00", CultureInfo.InvariantCulture))],
                ],
                $"One process each, one silo; {Rounds} rounds by turns, the best of each figure. calls/s and CPU: two grains calling two others; p50: single calls "
                + "from outside; bytes: per idle activation of a grain without fields. Goals: at least 3 times the calls/s, at most a third of the bytes."),
        ];
    }

    private static async Task<(string Runtime, double[] Figures)> MeasureAsync(string program)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, "grain-figures"]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("'dotnet' could not be started.");
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] cells = output.Split('\n').Last(line => line.StartsWith("| ", StringComparison.Ordinal)).Trim('|').Split('|', StringSplitOptions.TrimEntries);
        string[] row = [.. cells.Where(cell => cell.Length > 0)];
        return (row[0], [.. row.Skip(1).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))]);
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
