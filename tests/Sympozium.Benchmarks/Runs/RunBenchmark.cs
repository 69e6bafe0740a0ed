using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Runs;

/// <summary>
/// Whole runs through a real control plane: real HTTP, real pods, a scripted model in this process. The baseline is what the machine needs
/// merely to start the two sandboxed processes of a pod, taken in the same run.
/// </summary>
internal static class RunBenchmark
{
    private const int WarmUp = 5;
    private const int Sequential = 100;
    private const int Parallel = 20;
    private const int Rounds = 5;

    private const string Script =
        """
        scenarios:
          - match: { contains: stream }
            turns: [{ say: [one, " two", " three", " four", " five"], delayMs: 20 }]
          - turns: [{ say: done }]
        """;

    private static readonly TimeProvider Time = TimeProvider.System;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        await using Installation installation = await Installation.StartAsync(Script);
        for (int i = 0; i < WarmUp; i++)
        {
            await OneRunAsync(installation, $"warm-{i}");
            await ChatAsync(installation, "warm", stream: false);
        }

        return
        [
            await LatencyAsync(installation),
            await ThroughputAsync(installation),
            await FirstTokenAsync(installation),
            await IdleAsync(installation),
        ];
    }

    private static async Task<BenchmarkTable> LatencyAsync(Installation installation)
    {
        var processes = new List<TimeSpan>();
        var requests = new List<TimeSpan>();
        var ends = new List<TimeSpan>();
        var chats = new List<TimeSpan>();
        for (int i = 0; i < Sequential; i++)
        {
            processes.Add(await ProcessBaseline.MeasureAsync());
            (TimeSpan request, TimeSpan end) = await OneRunAsync(installation, $"one-{i}");
            requests.Add(request);
            ends.Add(end);
            chats.Add(await ChatAsync(installation, $"chat {i}", stream: false));
        }

        var baseline = new Percentiles(processes);
        var first = new Percentiles(requests);
        return new BenchmarkTable(
            "One run at a time",
            ["from → to", .. Percentiles.Columns],
            [
                ["AgentRun created → first model request received", .. first.Cells],
                ["AgentRun created → status Succeeded seen by a watch", .. new Percentiles(ends).Cells],
                ["POST /v1/chat/completions → model request received", .. new Percentiles(chats).Cells],
                ["baseline: two sandboxed runner processes started and ended", .. baseline.Cells],
            ],
            $"Durations from the answer to the create request (or from sending the chat request). The run's first model request comes at {first.At(0.5) / baseline.At(0.5):0.0} times "
            + "what starting and ending the pod's two processes takes by itself (p50, same run).");
    }

    private static async Task<BenchmarkTable> ThroughputAsync(Installation installation)
    {
        var rows = new List<IReadOnlyList<string>>();
        using Process process = Process.GetProcessById(installation.ControlPlane.Pid);
        TimeSpan before = process.TotalProcessorTime;
        double runs = await BestAsync(round => Task.WhenAll(Enumerable.Range(0, Parallel).Select(i => OneRunAsync(installation, $"par-{round}-{i}"))));
        process.Refresh();
        double cost = (process.TotalProcessorTime - before).TotalMilliseconds / (Rounds * Parallel);
        double chats = await BestAsync(round => Task.WhenAll(Enumerable.Range(0, Parallel).Select(i => ChatAsync(installation, $"par {round} {i}", stream: false))));
        double processes = await BestAsync(_ => Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => ProcessBaseline.MeasureAsync())));
        rows.Add(["AgentRuns", Rate(runs), Ratio(runs / processes)]);
        rows.Add(["POST /v1/chat/completions", Rate(chats), Ratio(chats / processes)]);
        rows.Add(["baseline: pairs of sandboxed runner processes", Rate(processes), Ratio(1)]);
        return new BenchmarkTable(
            $"{Parallel} runs in parallel", ["what", "per second", "of the baseline"], rows,
            $"Best of {Rounds} rounds; each round ends when its last run has succeeded. An AgentRun took {cost:0} ms of processor time in the control plane, "
            + "the just-in-time compiler's included.");
    }

    private static async Task<BenchmarkTable> FirstTokenAsync(Installation installation)
    {
        var delays = new List<TimeSpan>();
        for (int i = 0; i < Sequential / 2; i++)
        {
            delays.Add(await ChatAsync(installation, $"stream {i}", stream: true));
        }

        return new BenchmarkTable(
            "Streaming",
            ["from → to", .. Percentiles.Columns],
            [["model sends its first token → client of /v1/chat/completions has it", .. new Percentiles(delays).Cells]],
            "Model and client are this process and share a clock; in between are broker, agent, file, bridge, bus and gateway.");
    }

    private static async Task<BenchmarkTable> IdleAsync(Installation installation)
    {
        using Process process = Process.GetProcessById(installation.ControlPlane.Pid);
        await Task.Delay(TimeSpan.FromSeconds(30), Time);
        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        var window = TimeSpan.FromSeconds(20);
        await Task.Delay(window, Time);
        process.Refresh();
        double core = (process.TotalProcessorTime - before) / window;
        await using Installation fresh = await Installation.StartAsync(Script);
        using Process freshProcess = Process.GetProcessById(fresh.ControlPlane.Pid);
        await Task.Delay(TimeSpan.FromSeconds(5), Time);
        return new BenchmarkTable(
            "Idle control plane",
            ["what", "value"],
            [
                ["resident, just started", Megabytes(freshProcess)],
                ["resident, after all runs above", Megabytes(process)],
                ["processor, after all runs above", $"{core * 100:0.00} % of a core"],
            ],
            $"Resident set of the one process of the control plane; processor time over {window.TotalSeconds:0} s without a request, 30 s after the last one.");
    }

    private static async Task<(TimeSpan FirstRequest, TimeSpan End)> OneRunAsync(Installation installation, string name)
    {
        string task = $"task {name}";
        Task<RecordedRequest> request = installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses, r => LastUser(r) == task);
        await installation.CreateRunAsync(name, task);
        long accepted = Time.GetTimestamp();
        JsonObject run = await installation.WaitForEndAsync(name);
        TimeSpan end = Time.GetElapsedTime(accepted);
        return (string?)run["status"]!["phase"] == "Succeeded"
            ? (Time.GetElapsedTime(accepted, (await request).ReceivedAt), end)
            : throw new InvalidOperationException($"Run '{name}' failed: {run["status"]!.ToJsonString()}");
    }

    /// <summary>Without streaming: from sending the request to the model's request. With: from the model's first token to the client's.</summary>
    private static async Task<TimeSpan> ChatAsync(Installation installation, string text, bool stream)
    {
        Task<RecordedRequest> request = installation.Model.WaitForRequestAsync(TestTimeouts.WithProcesses, r => LastUser(r) == text);
        var body = new JsonObject
        {
            ["model"] = Installation.Instance,
            ["stream"] = stream,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
        };
        long sent = Time.GetTimestamp();
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(body) };
        using HttpResponseMessage response = await installation.ControlPlane.Gateway.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        if (!stream)
        {
            await response.Content.ReadAsStringAsync();
            return Time.GetElapsedTime(sent, (await request).ReceivedAt);
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        TimeSpan? delay = null;
        while (await reader.ReadLineAsync() is string line)
        {
            if (delay is null && line.Contains("one", StringComparison.Ordinal))
            {
                long now = Time.GetTimestamp();
                delay = Time.GetElapsedTime((await request).FirstPieceAt, now);
            }
        }

        return delay ?? throw new InvalidOperationException("The stream ended without the first token.");
    }

    private static string? LastUser(RecordedRequest request) =>
        (string?)(request.Body?["messages"] as JsonArray)?.LastOrDefault(message => (string?)message!["role"] == "user")?["content"];

    private static async Task<double> BestAsync(Func<int, Task> round)
    {
        double best = 0;
        for (int i = 0; i < Rounds; i++)
        {
            long start = Time.GetTimestamp();
            await round(i);
            best = Math.Max(best, Parallel / Time.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static string Rate(double rate) => rate.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Megabytes(Process process)
    {
        process.Refresh();
        return $"{process.WorkingSet64 / (1024.0 * 1024.0):0} MiB";
    }
}
