using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Persistence.Sqlite;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Store;

/// <summary>
/// Durable creates and watch latency of the local cluster, in the process and over HTTPS. The baseline is SQLite itself: one
/// insert of the same size per transaction into a file on the same disk with the same durability.
/// </summary>
internal static class StoreBenchmark
{
    private const int ObjectBytes = 2048;
    private const int CreatesPerCase = 2000;
    private const int WatchedWrites = 500;

    private static readonly TimeProvider Time = TimeProvider.System;

    public static async Task<IReadOnlyList<BenchmarkTable>> RunAsync()
    {
        using var directory = new TemporaryDirectory();
        var options = new LocalClusterOptions { DataDirectory = directory["data"], Port = 0 };
        await using LocalClusterHost cluster = await LocalClusterHost.StartAsync(options);
        using var remote = new KubernetesClient(Sympozium.Kubernetes.Client.Kubeconfig.Load(cluster.KubeconfigPath).Connect(null, Time), new KubernetesClientOptions(), Time);
        await CreateManyAsync(cluster.Client, "warm", 8, 500);
        return [await CreatesAsync(cluster.Client, remote, directory["baseline.db"]), await WatchAsync(cluster.Client, remote)];
    }

    private static async Task<BenchmarkTable> CreatesAsync(IKubernetesClient local, IKubernetesClient remote, string baselineFile)
    {
        double baseline = Baseline(baselineFile);
        var rows = new List<IReadOnlyList<string>>();
        foreach ((string name, IKubernetesClient client) in new[] { ("in process", local), ("over HTTPS", remote) })
        {
            foreach (int clients in new[] { 1, 8, 64 })
            {
                double rate = await CreateManyAsync(client, $"{name[..2]}-{clients}", clients, CreatesPerCase);
                rows.Add([$"{name}, {clients} at a time", Number(rate), (rate / baseline).ToString("0.00", CultureInfo.InvariantCulture)]);
            }
        }

        rows.Add(["baseline: SQLite, one insert per transaction", Number(baseline), "1.00"]);
        return new BenchmarkTable(
            "Durable creates", ["client", "creates/s", "of the baseline"], rows,
            $"{CreatesPerCase:N0} ConfigMaps of about {ObjectBytes} bytes per case; every create is on disk (fsync) before it is answered. Concurrent ones share a commit.");
    }

    private static async Task<BenchmarkTable> WatchAsync(IKubernetesClient local, IKubernetesClient remote) => new(
        "Watch latency",
        ["watcher", .. Percentiles.Columns],
        [
            ["in process", .. new Percentiles(await WatchAsync(local, local, "w1")).Cells],
            ["over HTTPS", .. new Percentiles(await WatchAsync(local, remote, "w2")).Cells],
        ],
        "From the answer to a create (in process) to the event at the watcher; 0 when the event came first.");

    private static async Task<List<TimeSpan>> WatchAsync(IKubernetesClient writer, IKubernetesClient watcher, string prefix)
    {
        var seen = new ConcurrentDictionary<string, long>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        string version = (await writer.ListAsync(CoreTypes.ConfigMaps, "default", ListOptions.All, stop.Token)).ResourceVersion;
        Task watching = Task.Run(async () =>
        {
            await foreach (WatchEvent change in watcher.WatchAsync(CoreTypes.ConfigMaps, "default", new WatchOptions { ResourceVersion = version }, stop.Token))
            {
                string name = (string?)change.Resource["metadata"]?["name"] ?? "";
                if (name.StartsWith(prefix, StringComparison.Ordinal) && seen.TryAdd(name, Time.GetTimestamp()) && seen.Count == WatchedWrites)
                {
                    all.TrySetResult();
                }
            }
        });
        var written = new Dictionary<string, long>();
        for (int i = 0; i < WatchedWrites; i++)
        {
            string name = $"{prefix}-{i}";
            await writer.CreateAsync(CoreTypes.ConfigMaps, ConfigMap(name), CancellationToken.None);
            written[name] = Time.GetTimestamp();
        }

        await all.Task.WaitAsync(TestTimeouts.InProcess);
        await stop.CancelAsync();
        await Task.WhenAny(watching);
        return [.. written.Select(pair => seen[pair.Key] > pair.Value ? Time.GetElapsedTime(pair.Value, seen[pair.Key]) : TimeSpan.Zero)];
    }

    private static async Task<double> CreateManyAsync(IKubernetesClient client, string prefix, int clients, int count)
    {
        int next = -1;
        long start = Time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < count)
            {
                await client.CreateAsync(CoreTypes.ConfigMaps, ConfigMap($"{prefix.Replace(' ', '-')}-{i}"), CancellationToken.None);
            }
        })));
        return count / Time.GetElapsedTime(start).TotalSeconds;
    }

    private static double Baseline(string file)
    {
        SqliteNative.Use();
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE objects(revision INTEGER PRIMARY KEY, value BLOB)");
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO objects(value) VALUES ($value)";
        insert.Parameters.AddWithValue("$value", new byte[ObjectBytes]);
        long start = Time.GetTimestamp();
        for (int i = 0; i < CreatesPerCase; i++)
        {
            insert.ExecuteNonQuery();
        }

        return CreatesPerCase / Time.GetElapsedTime(start).TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static JsonObject ConfigMap(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
        ["data"] = new JsonObject { ["value"] = new string('x', ObjectBytes) },
    };

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
