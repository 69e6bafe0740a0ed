using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Sympozium.Benchmarks.Grains;

namespace Sympozium.Benchmarks;

/// <summary>Writes tables as Markdown, with the machine they come from.</summary>
internal static class BenchmarkReport
{
    public static string Write(string verb, IReadOnlyList<BenchmarkTable> tables)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Benchmark: {verb}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Processor()}, {Environment.ProcessorCount} processors visible, {RuntimeInformation.OSDescription}, ");
        text.Append(CultureInfo.InvariantCulture, $".NET {Environment.Version}, {DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime):yyyy-MM-dd}.\n");
        string build = BenchmarkedRuntime.Name == "Orleans" ? " -p:GrainRuntime=Orleans -p:ArtifactsPath=$PWD/artifacts/orleans" : "";
        text.Append(CultureInfo.InvariantCulture, $"Again: `dotnet run -c Release --project tests/Sympozium.Benchmarks{build} -- {verb}`.\n");
        foreach (var table in tables)
        {
            Write(text, table);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, BenchmarkTable table)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {table.Title}\n\n{table.Note}\n\n");
        Row(text, table.Columns);
        Row(text, [.. table.Columns.Select((_, index) => index == 0 ? "---" : "---:")]);
        foreach (var row in table.Rows)
        {
            Row(text, row);
        }
    }

    private static void Row(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");

    private static string Processor()
    {
        const string path = "/proc/cpuinfo";
        var line = File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(candidate => candidate.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
