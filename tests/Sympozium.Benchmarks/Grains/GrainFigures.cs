using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Sympozium.Benchmarks.Grains;

/// <summary>Four figures of the grain runtime that is built, for the comparison of the two.</summary>
internal static class GrainFigures
{
    public static readonly IReadOnlyList<string> Columns = ["runtime", "calls/s", "p50 ns", "CPU ns/call", "bytes/activation"];

    private const int Calls = 1_000_000;
    private const int TimedCalls = 300_000;
    private const int Activations = 50_000;
    private const int Repeats = 3;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        BenchmarkedRuntime.AddTo(builder);
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        await ThroughputAsync(grains);
        var (callsPerSecond, cpu) = (0d, double.MaxValue);
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var used = Environment.CpuUsage.TotalTime;
            var start = TimeProvider.System.GetTimestamp();
            await ThroughputAsync(grains);
            callsPerSecond = Math.Max(callsPerSecond, Calls / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            cpu = Math.Min(cpu, (Environment.CpuUsage.TotalTime - used).TotalNanoseconds / Calls);
        }

        var median = await MedianAsync(grains);
        var bytes = await BytesAsync(grains);
        await host.StopAsync();
        return
        [
            new BenchmarkTable(
                "Figures",
                Columns,
                [[BenchmarkedRuntime.Name, .. new[] { callsPerSecond, median, cpu, bytes }.Select(value => value.ToString("F0", CultureInfo.InvariantCulture))]],
                $"{Calls:N0} calls of two grains to two others at once, best of {Repeats}; the median of {TimedCalls:N0} single calls from outside; {Activations:N0} idle activations."),
        ];
    }

    private static Task<int[]> ThroughputAsync(IGrainFactory grains) => Task.WhenAll(
        Task.Run(() => grains.GetGrain<IPingGrain>("caller 1").CallManyAsync("callee 1", Calls / 2)),
        Task.Run(() => grains.GetGrain<IPingGrain>("caller 2").CallManyAsync("callee 2", Calls / 2)));

    private static async Task<double> MedianAsync(IGrainFactory grains)
    {
        var grain = grains.GetGrain<IPingGrain>("timed");
        var times = new double[TimedCalls];
        for (var call = 0; call < times.Length; call++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await grain.PingAsync(call);
            times[call] = TimeProvider.System.GetElapsedTime(start).TotalNanoseconds;
        }

        Array.Sort(times);
        return times[times.Length / 2];
    }

    private static async Task<double> BytesAsync(IGrainFactory grains)
    {
        var keys = Enumerable.Range(0, Activations).Select(number => string.Create(CultureInfo.InvariantCulture, $"idle-{number}")).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var key in keys)
        {
            await grains.GetGrain<IPingGrain>(key).PingAsync(0);
        }

        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Activations;
        GC.KeepAlive(keys);
        return bytes;
    }
}
