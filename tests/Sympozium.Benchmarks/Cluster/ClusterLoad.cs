using System.Text;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>What is done to an API server, and how long it takes.</summary>
internal sealed class ClusterLoad(ClusterTarget target)
{
    public const int ObjectBytes = 2_048;

    private static readonly TimeProvider Time = TimeProvider.System;
    private static readonly string Filling = new('x', ObjectBytes);

    private int _prefixes;

    private string ConfigMaps => $"/api/v1/namespaces/{target.Namespace}/configmaps";

    /// <summary>Creates per second; each client waits for one answer before it asks again.</summary>
    public async Task<double> CreateAsync(int clients, int count)
    {
        string prefix = $"c{_prefixes++}";
        byte[][] bodies = [.. Enumerable.Range(0, count).Select(i => Body($"{prefix}-{i}", "none"))];
        int next = -1;
        long start = Time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < count)
            {
                await target.PostAsync(ConfigMaps, bodies[i]);
            }
        })));
        return count / Time.GetElapsedTime(start).TotalSeconds;
    }

    public async Task<Percentiles> GetAsync(int count)
    {
        string name = $"g{_prefixes++}";
        await target.PostAsync(ConfigMaps, Body(name, "none"));
        List<TimeSpan> durations = new(count);
        for (int i = 0; i < count; i++)
        {
            long start = Time.GetTimestamp();
            await target.GetAsync($"{ConfigMaps}/{name}");
            durations.Add(Time.GetElapsedTime(start));
        }

        return new Percentiles(durations);
    }

    /// <summary>Fills up to that many objects with a label of their own.</summary>
    public async Task FillAsync(string label, int from, int to)
    {
        int next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < to)
            {
                await target.PostAsync(ConfigMaps, Body($"{label}-{i}", label));
            }
        })));
    }

    /// <summary>The shortest of several whole lists of these objects.</summary>
    public async Task<TimeSpan> ListAsync(string label, int times)
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < times; i++)
        {
            long start = Time.GetTimestamp();
            await target.GetAsync($"{ConfigMaps}?labelSelector=set%3D{label}");
            TimeSpan took = Time.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        return best;
    }

    /// <summary>
    /// From the answer to a create until each watcher has read the event; nothing when the event came first. Both ends are here, so no clock
    /// is compared with another.
    /// </summary>
    public async Task<Percentiles> WatchAsync(int watchers, int writes)
    {
        string prefix = $"w{_prefixes++}";
        string version = (await target.GetJsonAsync($"{ConfigMaps}?limit=1"))["metadata"]!["resourceVersion"]!.GetValue<string>();
        using CancellationTokenSource stop = new();
        WatchedWrite[] writesSeen = [.. Enumerable.Range(0, writes).Select(_ => new WatchedWrite(watchers))];
        List<Task> reading = [];
        for (int i = 0; i < watchers; i++)
        {
            Stream stream = await target.OpenAsync($"{ConfigMaps}?watch=1&resourceVersion={version}", stop.Token);
            reading.Add(Task.Run(() => ReadAsync(stream, prefix, writesSeen, stop.Token)));
        }

        for (int i = 0; i < writes; i++)
        {
            await target.PostAsync(ConfigMaps, Body($"{prefix}-{i:D6}", "none"));
            writesSeen[i].Answered(Time.GetTimestamp());
            await writesSeen[i].AllSeen.WaitAsync(TimeSpan.FromMinutes(1));
        }

        await stop.CancelAsync();
        await Task.WhenAll(reading);
        return new Percentiles(writesSeen.SelectMany(write => write.Latencies(Time)));
    }

    private static async Task ReadAsync(Stream stream, string prefix, WatchedWrite[] writes, CancellationToken stop)
    {
        byte[] wanted = Encoding.UTF8.GetBytes($"\"name\":\"{prefix}-");
        try
        {
            await using Stream owned = stream;
            using StreamReader reader = new(owned);
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                int at = line.IndexOf($"\"name\":\"{prefix}-", StringComparison.Ordinal);
                if (at >= 0)
                {
                    writes[int.Parse(line.AsSpan(at + wanted.Length, 6), System.Globalization.CultureInfo.InvariantCulture)].Seen(Time.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }

    private static byte[] Body(string name, string label) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"set":"{{{label}}}"}},"data":{"value":"{{{Filling}}}"}}""");

    /// <summary>One write and the moments at which the watchers had it.</summary>
    private sealed class WatchedWrite(int watchers)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long[] _seen = new long[watchers];
        private int _count;
        private long _answered;

        public Task AllSeen => _all.Task;

        public void Answered(long at) => _answered = at;

        public void Seen(long at)
        {
            int index = Interlocked.Increment(ref _count) - 1;
            _seen[index] = at;
            if (index == _seen.Length - 1)
            {
                _all.TrySetResult();
            }
        }

        public IEnumerable<TimeSpan> Latencies(TimeProvider time) =>
            _seen.Select(at => at > _answered ? time.GetElapsedTime(_answered, at) : TimeSpan.Zero);
    }
}
