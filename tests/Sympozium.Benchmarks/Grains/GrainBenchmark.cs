using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Sympozium.Benchmarks.Grains;

/// <summary>Calls per second, nanoseconds and bytes per call, bytes per idle activation of the local grain runtime.</summary>
internal static class GrainBenchmark
{
    private const int Calls = 2_000_000;
    private const int YieldingCalls = 200_000;
    private const int Activations = 100_000;
    private const int Repeats = 5;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        using var host = Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var calls = new BenchmarkTable(
            "Calls",
            ["case", "calls/s", "ns/call", "bytes/call"],
            [
                await MeasureAsync("from outside, one caller, idle grain", Calls, () => OutsideAsync(grains, Calls)),
                await MeasureAsync("from outside, reference made for each call", Calls, () => OutsideWithLookupAsync(grains, Calls)),
                await MeasureAsync("grain to grain, idle callee", Calls, () => grains.GetGrain<IPingGrain>("caller").CallManyAsync("callee", Calls)),
                await MeasureAsync("grain to grain, two callers on two callees", Calls, () => Task.WhenAll(
                    Task.Run(() => grains.GetGrain<IPingGrain>("caller 1").CallManyAsync("callee 1", Calls / 2)),
                    Task.Run(() => grains.GetGrain<IPingGrain>("caller 2").CallManyAsync("callee 2", Calls / 2)))),
                await MeasureAsync("eight callers on one callee", Calls, () => Task.WhenAll(Enumerable.Range(0, 8).Select(number =>
                    Task.Run(() => grains.GetGrain<IPingGrain>($"caller {number}").CallManyAsync("shared", Calls / 8))))),
                await MeasureAsync("callee gives up its turn once (through the queue)", YieldingCalls, () => YieldingAsync(grains, YieldingCalls)),
            ],
            $"Warm activations; best of {Repeats} runs of {Calls:N0} calls ({YieldingCalls:N0} in the last row). An idle callee runs on its caller's thread.");
        var memory = new BenchmarkTable(
            "Activations",
            ["case", "activations/s", "bytes each"],
            [await MeasureActivationsAsync(grains)],
            $"{Activations:N0} grains without fields, each called once; bytes include the directory's entry and the grain object, not the key's text.");
        await host.StopAsync();
        return [calls, memory];
    }

    private static IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        BenchmarkedRuntime.AddTo(builder);
        return builder.Build();
    }

    private static async Task OutsideAsync(IGrainFactory grains, int times)
    {
        var grain = grains.GetGrain<IPingGrain>("outside");
        for (var call = 0; call < times; call++)
        {
            await grain.PingAsync(call);
        }
    }

    private static async Task OutsideWithLookupAsync(IGrainFactory grains, int times)
    {
        for (var call = 0; call < times; call++)
        {
            await grains.GetGrain<IPingGrain>("outside").PingAsync(call);
        }
    }

    private static async Task YieldingAsync(IGrainFactory grains, int times)
    {
        var grain = grains.GetGrain<IPingGrain>("yielding");
        for (var call = 0; call < times; call++)
        {
            await grain.YieldAsync(call);
        }
    }

    private static async Task<IReadOnlyList<string>> MeasureAsync(string name, int calls, Func<Task> run)
    {
        var time = TimeProvider.System;
        var best = TimeSpan.MaxValue;
        var bytes = 0L;
        await run();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var start = time.GetTimestamp();
            await run();
            var elapsed = time.GetElapsedTime(start);
            bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            best = elapsed < best ? elapsed : best;
        }

        return [name, Number(calls / best.TotalSeconds), Number(best.TotalNanoseconds / calls), Number((double)bytes / calls)];
    }

    private static async Task<IReadOnlyList<string>> MeasureActivationsAsync(IGrainFactory grains)
    {
        var keys = Enumerable.Range(0, Activations).Select(number => string.Create(CultureInfo.InvariantCulture, $"grain-{number}")).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = TimeProvider.System.GetTimestamp();
        foreach (var key in keys)
        {
            await grains.GetGrain<IPingGrain>(key).PingAsync(0);
        }

        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var each = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Activations;
        GC.KeepAlive(keys);
        return ["called once, then idle", Number(Activations / elapsed.TotalSeconds), Number(each)];
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
