using System.Diagnostics;
using System.Globalization;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;
using Sympozium.Testing.Postgres;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>
/// Runs through one, two and three silos as processes, with PostgreSQL and simulated pods. The Kubernetes API is the local cluster in this
/// process, over HTTPS for the silos.
/// </summary>
internal static class ClusterRuns
{
    /// <summary>What the simulation itself writes for a run: the run, its pod, the pod's phase, the Job's end.</summary>
    private const int OwnWrites = 4;

    /// <summary>Numbers of runs, with commas between; 1000,10000 when it is not set.</summary>
    private const string SizesVariable = "SYMPOZIUM_BENCHMARK_RUNS";

    /// <summary>Numbers of silos, with commas between; 1,2,3 when it is not set.</summary>
    private const string SilosVariable = "SYMPOZIUM_BENCHMARK_SILOS";

    private const int AtOnce = 64;
    /// <summary>Until each silo has compiled what it runs.</summary>
    private const int WarmUpRuns = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(durable: true);
        using var reads = new ApiReads();
        var rows = new List<IReadOnlyList<string>>();
        foreach (int runs in Numbers(SizesVariable, "1000,10000"))
        {
            foreach (int silos in Numbers(SilosVariable, "1,2,3"))
            {
                rows.Add(await MeasureAsync(postgres, reads, silos, runs));
            }
        }

        return
        [
            new BenchmarkTable(
                "Runs through silos",
                ["silos, runs", "runs/s", "API writes/run", "API reads/run", "silos, CPU ms/run", "API and pods", "PostgreSQL", "MiB/silo"],
                rows,
                $"{AtOnce} runs are created at once; a run ends when its status says so. PostgreSQL flushes each commit. API writes are those of the control plane: "
                + $"all changes of the store less the {OwnWrites} that the simulation makes for a run. Reads: GET requests, lists included, watches not. CPU: processor time of all silos, of the "
                + "process with the Kubernetes API (the local cluster over HTTPS) and the simulated pods, and of PostgreSQL, each divided by the runs. MiB: resident memory at the end, the largest silo's."),
        ];
    }

    private static int[] Numbers(string variable, string otherwise) =>
        [.. (Environment.GetEnvironmentVariable(variable) ?? otherwise).Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

    private static async Task<IReadOnlyList<string>> MeasureAsync(PostgresServer postgres, ApiReads reads, int silos, int runs)
    {
        string database = await postgres.CreateDatabaseAsync();
        (LocalClusterHost api, TemporaryDirectory directory) = await SimulatedPods.ApiAsync();
        var processes = new List<SiloProcess>();
        try
        {
            for (int silo = 0; silo < silos; silo++)
            {
                processes.Add(await SiloProcess.StartAsync(database, api.KubeconfigPath));
            }

            await using GatewayClient client = await GatewayClient.StartAsync(database);
            await using SimulatedPods pods = SimulatedPods.Start(api, directory, client.Grains);
            await pods.CreateRunsAsync(WarmUpRuns, AtOnce, _ => Task.CompletedTask);
            await pods.AllEndedAsync(Patience);

            long before = await VersionAsync(api);
            long readBefore = reads.Count;
            Usage usedBefore = Used(processes, postgres);
            long start = TimeProvider.System.GetTimestamp();
            await pods.CreateRunsAsync(runs, AtOnce, _ => Task.CompletedTask);
            await pods.AllEndedAsync(Patience);
            double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            Usage used = Used(processes, postgres) - usedBefore;
            double writes = ((await VersionAsync(api) - before) / (double)runs) - OwnWrites;
            long memory = processes.Max(process => process.Memory) >> 20;
            return
            [
                string.Create(CultureInfo.InvariantCulture, $"{silos}, {runs:N0}"),
                (runs / seconds).ToString("N1", CultureInfo.InvariantCulture),
                writes.ToString("N1", CultureInfo.InvariantCulture),
                ((reads.Count - readBefore) / (double)runs).ToString("N1", CultureInfo.InvariantCulture),
                .. used.Cells(runs),
                memory.ToString(CultureInfo.InvariantCulture),
            ];
        }
        finally
        {
            foreach (SiloProcess process in processes)
            {
                await process.DisposeAsync();
            }
        }
    }

    private static async Task<long> VersionAsync(LocalClusterHost api)
    {
        ResourceList list = await api.Client.ListAsync(CoreTypes.ServiceAccounts, SimulatedPods.Namespace, new ListOptions(), CancellationToken.None);
        return long.Parse(list.ResourceVersion, CultureInfo.InvariantCulture);
    }

    private static Usage Used(IReadOnlyList<SiloProcess> silos, PostgresServer postgres)
    {
        using var self = Process.GetCurrentProcess();
        return new Usage(TimeSpan.FromTicks(silos.Sum(silo => silo.ProcessorTime.Ticks)), self.TotalProcessorTime, postgres.ProcessorTime);
    }

    /// <summary>Processor time by part.</summary>
    private readonly record struct Usage(TimeSpan Silos, TimeSpan Self, TimeSpan Postgres)
    {
        public static Usage operator -(Usage left, Usage right) => new(left.Silos - right.Silos, left.Self - right.Self, left.Postgres - right.Postgres);

        public IEnumerable<string> Cells(int runs) =>
            ((TimeSpan[])[Silos, Self, Postgres]).Select(time => (time.TotalMilliseconds / runs).ToString("N1", CultureInfo.InvariantCulture));
    }
}
