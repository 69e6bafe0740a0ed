using System.Globalization;
using Microsoft.Data.Sqlite;
using Sympozium.Persistence.Sqlite;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>
/// The local cluster as a client sees it: over HTTPS, against a control plane in a process of its own. Beside it, in the same run, the API
/// server of <c>SYMPOZIUM_TEST_KUBECONFIG</c>; without one, the figures of a real API server that are quoted, and in the same run
/// what the disk alone can do.
/// </summary>
internal static class ClusterBenchmark
{
    private const string OtherKubeconfig = "SYMPOZIUM_TEST_KUBECONFIG";
    private const int Creates = 3_000;
    private const int Rounds = 3;
    private const int Listed = 10_000;

    /// <summary>Until what only the start needed was given back.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    private static readonly TimeProvider Time = TimeProvider.System;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        using TemporaryDirectory directory = new();
        double commits = CommitsPerSecond(directory["baseline.db"]);
        ClusterFigures local = await LocalAsync(directory);
        string? kubeconfig = Environment.GetEnvironmentVariable(OtherKubeconfig);
        if (string.IsNullOrEmpty(kubeconfig))
        {
            return [Compare(local, ClusterFigures.Quoted, "real 1.36 and etcd, quoted", commits)];
        }

        using ClusterTarget target = await ClusterTarget.ConnectAsync(kubeconfig);
        try
        {
            ClusterFigures other = await MeasureAsync(target);
            return [Compare(local, other, "other API server, same run", commits), Compare(local, ClusterFigures.Quoted, "real 1.36 and etcd, quoted", commits)];
        }
        finally
        {
            await target.DeleteNamespaceAsync();
        }
    }

    private static async Task<ClusterFigures> LocalAsync(TemporaryDirectory directory)
    {
        double ready = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            long start = Time.GetTimestamp();
            await using ControlPlaneProcess started = await ControlPlaneProcess.StartAsync(directory[$"start-{i}"]);
            ready = Math.Min(ready, Time.GetElapsedTime(start).TotalMilliseconds);
        }

        double alone;
        await using (ApiAlone api = await ApiAlone.StartAsync(directory["alone"]))
        {
            await Task.Delay(Settling, Time);
            alone = Resident(api.Pid);
        }

        double empty;
        double half;
        double full;
        await using (ControlPlaneProcess plane = await ControlPlaneProcess.StartAsync(directory["memory"]))
        {
            using ClusterTarget target = await ClusterTarget.ConnectAsync(plane.KubeconfigPath);
            await Task.Delay(Settling, Time);
            empty = Resident(plane.Pid);
            ClusterLoad load = new(target);
            await load.FillAsync("many", 0, 50_000);
            half = Resident(plane.Pid);
            await load.FillAsync("many", 50_000, 100_000);
            full = Resident(plane.Pid);
        }

        await using ControlPlaneProcess measured = await ControlPlaneProcess.StartAsync(directory["data"]);
        using ClusterTarget local = await ClusterTarget.ConnectAsync(measured.KubeconfigPath);
        return await MeasureAsync(local) with { Ready = ready, Memory = [empty, half, full], Alone = alone };
    }

    private static async Task<ClusterFigures> MeasureAsync(ClusterTarget target)
    {
        ClusterLoad load = new(target);
        await load.CreateAsync(8, 1_000);
        double[] creates = new double[3];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < creates.Length; i++)
            {
                creates[i] = Math.Max(creates[i], await load.CreateAsync(((int[])[1, 8, 64])[i], Creates));
            }
        }

        await load.GetAsync(500);
        Percentiles get = await load.GetAsync(5_000);
        await load.WatchAsync(1, 200);
        Percentiles one = await load.WatchAsync(1, 2_000);
        Percentiles hundred = await load.WatchAsync(100, 300);
        await load.FillAsync("listed", 0, Listed);
        TimeSpan list = await load.ListAsync("listed", 7);
        return new ClusterFigures
        {
            Creates = creates,
            Get = Pair(get),
            List = list.TotalMilliseconds,
            WatchOne = Pair(one),
            WatchHundred = Pair(hundred),
        };
    }

    private static BenchmarkTable Compare(ClusterFigures local, ClusterFigures other, string name, double commits)
    {
        List<IReadOnlyList<string>> rows =
        [
            Rate("creates/s, 1 client", local.Creates[0], other.Creates[0], "≥ 3×"),
            Rate("creates/s, 8 clients", local.Creates[1], other.Creates[1], "≥ 5×"),
            Rate("creates/s, 64 clients", local.Creates[2], other.Creates[2], "≥ 5×"),
            Cost("get, p50 ms", local.Get.Middle, other.Get.Middle, ""),
            Cost("get, p99 ms", local.Get.Late, other.Get.Late, ""),
            Cost("list of 10,000 objects, ms", local.List, other.List, "≥ 5×"),
            Cost("watch, 1 watcher, p50 ms", local.WatchOne.Middle, other.WatchOne.Middle, ""),
            Cost("watch, 1 watcher, p99 ms", local.WatchOne.Late, other.WatchOne.Late, "≤ 5 ms"),
            Cost("watch, 100 watchers, p50 ms", local.WatchHundred.Middle, other.WatchHundred.Middle, ""),
            Cost("watch, 100 watchers, p99 ms", local.WatchHundred.Late, other.WatchHundred.Late, ""),
            Cost("memory, empty, API alone, MiB", local.Alone, other.Alone, "≥ 4×"),
            Cost("memory, empty, MiB", local.Memory[0], other.Memory[0], "≥ 4×"),
            Cost("memory, 50,000 objects, MiB", local.Memory[1], other.Memory[1], "≥ 4×"),
            Cost("memory, 100,000 objects, MiB", local.Memory[2], other.Memory[2], ""),
            Cost("ready after, ms", local.Ready, other.Ready, "≤ 1,000 ms"),
            ["SQLite alone, commits/s of one such object, same run", Number(commits), "", "", ""],
        ];
        return new BenchmarkTable($"Against {name}", ["", "local cluster", name, "better by", "goal"], rows, Note());
    }

    private static string Note() =>
        $"Objects of {ClusterLoad.ObjectBytes:N0} bytes, every create on the disk (fsync) before it is answered; a client waits for an answer before it asks again. "
        + $"Best of {Rounds} runs of {Creates:N0} creates, best of 7 lists; latencies are percentiles of one run. A watch's latency is from the answer to the writer until the event is read. "
        + "The local cluster's memory and start are those of the whole control plane: API, controllers, pods, grains and gateway, where the other's are the API's alone; empty is half a minute after the start. "
        + "Client and server share the machine's processors.";

    private static IReadOnlyList<string> Rate(string name, double mine, double theirs, string goal) => [name, Number(mine), Number(theirs), Ratio(mine / theirs), goal];

    private static IReadOnlyList<string> Cost(string name, double mine, double theirs, string goal) => [name, Number(mine), Number(theirs), Ratio(theirs / mine), goal];

    private static string Ratio(double ratio) => double.IsFinite(ratio) ? ratio.ToString("0.0", CultureInfo.InvariantCulture) + "×" : "";

    private static string Number(double value) =>
        double.IsNaN(value) ? "" : value < 100 ? value.ToString("0.00", CultureInfo.InvariantCulture) : value.ToString("N0", CultureInfo.InvariantCulture);

    private static (double Middle, double Late) Pair(Percentiles percentiles) => (percentiles.At(0.5), percentiles.At(0.99));

    /// <summary>Resident memory of a process in MiB, as the kernel counts it.</summary>
    private static double Resident(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(candidate => candidate.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024.0;
    }

    /// <summary>What the disk allows: one insert of the same size per transaction, with the same durability, one after the other.</summary>
    private static double CommitsPerSecond(string file)
    {
        SqliteNative.Use();
        using SqliteConnection connection = new($"Data Source={file}");
        connection.Open();
        using SqliteCommand schema = connection.CreateCommand();
        schema.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE objects(revision INTEGER PRIMARY KEY, value BLOB)";
        schema.ExecuteNonQuery();
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO objects(value) VALUES ($value)";
        insert.Parameters.AddWithValue("$value", new byte[ClusterLoad.ObjectBytes]);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Time.GetTimestamp();
            for (int i = 0; i < Creates; i++)
            {
                insert.ExecuteNonQuery();
            }

            best = Math.Max(best, Creates / Time.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
