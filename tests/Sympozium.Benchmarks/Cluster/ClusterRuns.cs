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

    private const int AtOnce = 64;
    private const int WarmUpRuns = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(durable: true);
        var rows = new List<IReadOnlyList<string>>();
        foreach (int runs in Sizes())
        {
            for (int silos = 1; silos <= 3; silos++)
            {
                rows.Add(await MeasureAsync(postgres, silos, runs));
            }
        }

        return
        [
            new BenchmarkTable(
                "Runs through silos",
                ["silos, runs", "runs/s", "API writes/run", "MiB/silo"],
                rows,
                $"{AtOnce} runs are created at once; a run ends when its status says so. PostgreSQL flushes each commit. API writes are those of the control plane: "
                + $"all changes of the store less the {OwnWrites} that the simulation makes for a run. MiB: resident memory at the end, the largest silo's."),
        ];
    }

    private static IEnumerable<int> Sizes() =>
        (Environment.GetEnvironmentVariable(SizesVariable) ?? "1000,10000").Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture));

    private static async Task<IReadOnlyList<string>> MeasureAsync(PostgresServer postgres, int silos, int runs)
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
            long start = TimeProvider.System.GetTimestamp();
            await pods.CreateRunsAsync(runs, AtOnce, _ => Task.CompletedTask);
            await pods.AllEndedAsync(Patience);
            double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            double writes = ((await VersionAsync(api) - before) / (double)runs) - OwnWrites;
            long memory = processes.Max(process => process.Memory) >> 20;
            return
            [
                string.Create(CultureInfo.InvariantCulture, $"{silos}, {runs:N0}"),
                (runs / seconds).ToString("N1", CultureInfo.InvariantCulture),
                writes.ToString("N1", CultureInfo.InvariantCulture),
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
}
