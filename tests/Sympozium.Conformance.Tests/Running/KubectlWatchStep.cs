using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Sympozium.Conformance.Tests.Running;

/// <summary><c>{"watch": {"kubectl": [...], "lines": n}, "during": [...]}</c>: the rows that <c>get -w</c> prints meanwhile.</summary>
internal static class KubectlWatchStep
{
    private const double DefaultSeconds = 30;
    private const int MaxBuffered = 10_000;

    public static async Task<JsonObject> RunAsync(CaseContext context, JsonObject step, JsonObject written, Func<JsonObject, Task<JsonArray>> during)
    {
        JsonObject watch = step["watch"]!.AsObject();
        string[] arguments = KubectlStep.Arguments(watch["kubectl"]!);
        TimeSpan seconds = context.Limits.ForKubectl((double?)watch["timeout"] ?? DefaultSeconds);
        using CancellationTokenSource limit = new(seconds);
        using Process process = context.Kubectl((string?)step["token"], null, seconds).Start(arguments);
        List<string> rows = [];
        JsonArray steps;
        try
        {
            await using LineReader output = new(process.StandardOutput.ReadLineAsync, MaxBuffered);
            await using LineReader errors = new(process.StandardError.ReadLineAsync, MaxBuffered);
            await ReadAsync(output, rows, (int?)watch["first_lines"] ?? 1, limit.Token);
            steps = await during(written);
            int lines = (int)watch["lines"]!;
            await ReadAsync(errors, rows, rows.Count, limit.Token);
            await ReadAsync(output, rows, lines, limit.Token);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return new JsonObject { ["watch"] = context.Output.Normalize(arguments, string.Join('\n', rows)), ["during"] = steps };
    }

    private static async Task ReadAsync(LineReader lines, List<string> rows, int wanted, CancellationToken limit)
    {
        while (await lines.NextAsync(rows.Count >= wanted, limit) is { } line)
        {
            if (!KubectlStep.IsNoise(line))
            {
                rows.Add(line);
            }
        }
    }
}
