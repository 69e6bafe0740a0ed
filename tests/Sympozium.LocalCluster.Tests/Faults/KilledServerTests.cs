using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>The server is killed with -9 in the middle of many writes, again and again, on one data directory.</summary>
public sealed class KilledServerTests
{
    private const string RoundsVariable = "SYMPOZIUM_TEST_KILLS";
    private const int UsualRounds = 3;
    private const int Writes = 1_000;
    private const int AtOnce = 64;
    private const int Shared = 20;
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private readonly ConcurrentDictionary<string, long> _created = new();
    private readonly ConcurrentBag<(string Name, string Field, long Version)> _patched = [];

    /// <summary>SYMPOZIUM_TEST_KILLS=50 makes it fifty kills instead of three.</summary>
    [Fact]
    public async Task Kill_AmongAThousandWrites_LosesNothingAcknowledgedAndNoEvent()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), CultureInfo.InvariantCulture, out int asked) ? asked : UsualRounds;
        using TemporaryDirectory folder = new();
        Random random = new(20261125);
        long start = await PrepareAsync(folder.Path);
        WatchedEvents watcher = new(ConfigMaps, start);
        long before = start;
        for (int round = 0; round < rounds; round++)
        {
            await WriteAndKillAsync(folder.Path, round, random.Next(50, Writes - 50), watcher);
            long first = Versions().Where(version => version > before).DefaultIfEmpty(long.MaxValue).Min();
            Assert.True(first > before, $"round {round}: version {first} was given after {before}");
            before = Versions().Max();
        }

        Assert.Equal(Versions().Count(), Versions().Distinct().Count());
        using ServedCluster last = await ServedCluster.StartAsync(folder.Path);
        JsonNode list = (await last.Api.CallAsync("GET", ConfigMaps)).Json;
        long version = long.Parse(list["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        Assert.True(version >= before, $"the list is at {version}, {before} was acknowledged");
        CheckObjects(list["items"]!.AsArray());
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        await watcher.ReadAsync(last.Api, list["items"]!.AsArray().Max(Version), limit.Token);
        CheckEvents(watcher.Events, list["items"]!.AsArray());
    }

    private static long Version(JsonNode? item) => long.Parse(item!["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);

    private static async Task<long> PrepareAsync(string directory)
    {
        using ServedCluster cluster = await ServedCluster.StartAsync(directory);
        long version = 0;
        for (int i = 0; i < Shared; i++)
        {
            version = Version((await cluster.Api.CallAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"shared-{{{i}}}"}}""")).Json);
        }

        await cluster.KillAsync();
        return version;
    }

    private IEnumerable<long> Versions() => _created.Values.Concat(_patched.Select(patch => patch.Version));

    private async Task WriteAndKillAsync(string directory, int round, int killAfter, WatchedEvents watcher)
    {
        using ServedCluster cluster = await ServedCluster.StartAsync(directory);
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        Task watching = watcher.ReadAsync(cluster.Api, long.MaxValue, limit.Token);
        TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int acknowledged = 0;
        int next = -1;
        Task writing = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < Writes && await WriteAsync(cluster.Api, round, i))
            {
                if (Interlocked.Increment(ref acknowledged) == killAfter)
                {
                    enough.TrySetResult();
                }
            }
        })));
        await enough.Task.WaitAsync(TestTimeouts.WithProcesses);
        await cluster.KillAsync();
        await writing.WaitAsync(TestTimeouts.WithProcesses);
        await watching.WaitAsync(TestTimeouts.WithProcesses);
    }

    /// <summary>False when the server is gone.</summary>
    private async Task<bool> WriteAsync(ApiCaller api, int round, int i)
    {
        try
        {
            if (i % 5 == 0)
            {
                string shared = $"shared-{i / 5 % Shared}";
                string field = $"r{round}-{i}";
                ApiAnswer patched = await api.CallAsync("PATCH", $"{ConfigMaps}/{shared}", $$$"""{"data":{"{{{field}}}":"1"}}""");
                Assert.Equal(200, patched.Code);
                _patched.Add((shared, field, Version(patched.Json)));
            }
            else
            {
                string name = $"r{round}-{i}";
                ApiAnswer created = await api.CallAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"{{{name}}}"},"data":{"value":"{{{new string('x', 500)}}}"}}""");
                Assert.Equal(201, created.Code);
                _created[name] = Version(created.Json);
            }

            return true;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private void CheckObjects(JsonArray items)
    {
        Dictionary<string, JsonNode> stored = items.ToDictionary(item => item!["metadata"]!["name"]!.GetValue<string>(), item => item!);
        Assert.All(_created, write => Assert.Equal(write.Value, Version(stored.GetValueOrDefault(write.Key))));
        Assert.All(_patched, write => Assert.Equal("1", stored[write.Name]["data"]?[write.Field]?.GetValue<string>()));
    }

    private void CheckEvents(IReadOnlyList<WatchedEvent> events, JsonArray items)
    {
        for (int i = 1; i < events.Count; i++)
        {
            Assert.True(events[i].Version > events[i - 1].Version, $"{events[i]} came after {events[i - 1]}");
        }

        HashSet<(string, long)> seen = [.. events.Select(change => (change.Name, change.Version))];
        Assert.All(_created, write => Assert.Contains((write.Key, write.Value), seen));
        Assert.All(_patched, write => Assert.Contains((write.Name, write.Version), seen));
        // And what was seen is stored: nothing is shown before it is on the disk.
        Dictionary<string, long> stored = items.ToDictionary(item => item!["metadata"]!["name"]!.GetValue<string>(), Version);
        Assert.All(events, change => Assert.True(stored.GetValueOrDefault(change.Name) >= change.Version, $"{change} was seen and is not stored"));
    }
}
