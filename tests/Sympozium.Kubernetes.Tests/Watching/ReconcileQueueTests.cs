using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Watching;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Watching;

public sealed class ReconcileQueueTests : IAsyncDisposable
{
    private const int Workers = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Job> _started = Channel.CreateUnbounded<Job>();
    private readonly ReconcileQueue<string> _queue;
    private Task _running = Task.CompletedTask;

    public ReconcileQueueTests() => _queue = new ReconcileQueue<string>(
        WorkAsync,
        new ReconcileQueueOptions { Concurrency = Workers, FirstPause = FirstPause, LongestPause = TimeSpan.FromSeconds(5) },
        _time,
        NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // The end of the workers.
        }

        _stop.Dispose();
    }

    [Fact]
    public async Task Key_AddedManyTimes_IsWorkedOnOnce()
    {
        for (int i = 0; i < 100; i++)
        {
            _queue.Add("a");
        }

        Run();
        Job job = await NextAsync();
        job.End();
        await DrainedAsync();
        Assert.False(_started.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Keys_Added_AreWorkedOnInOrder()
    {
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => i.ToString("D2", null))];
        foreach (string key in keys)
        {
            _queue.Add(key);
        }

        Run();
        var working = new Queue<Job>();
        for (int i = 0; i < Workers; i++)
        {
            working.Enqueue(await NextAsync());
        }

        // Which worker says first what it took is chance.
        Assert.Equal(keys[..Workers], working.Select(job => job.Key).Order(StringComparer.Ordinal));
        foreach (string key in keys[Workers..])
        {
            working.Dequeue().End();
            Job next = await NextAsync();
            Assert.Equal(key, next.Key);
            working.Enqueue(next);
        }

        while (working.TryDequeue(out Job? last))
        {
            last.End();
        }

        await DrainedAsync();
    }

    [Fact]
    public async Task Key_AddedWhileWorkedOn_ComesAgainAndNeverAtTheSameTime()
    {
        Run();
        _queue.Add("a");
        Job first = await NextAsync();
        _queue.Add("a");
        _queue.Add("a");
        _queue.Add("b");
        Job other = await NextAsync();
        Assert.Equal("b", other.Key);
        other.End();
        first.End();
        Job again = await NextAsync();
        Assert.Equal("a", again.Key);
        again.End();
        await DrainedAsync();
        Assert.False(_started.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Key_Failing_ComesAgainAfterGrowingPauses()
    {
        Run();
        _queue.Add("a");
        foreach (int pause in new[] { 1, 2, 4, 5, 5 })
        {
            (await NextAsync()).Fail();
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(pause));
            _time.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromTicks(1));
            Assert.False(_started.Reader.TryRead(out _));
            _time.Advance(TimeSpan.FromTicks(1));
        }

        (await NextAsync()).End();
        await DrainedAsync();
        _queue.Add("a");
        (await NextAsync()).Fail();
        await _time.WaitForTimerAsync(FirstPause);
    }

    [Fact]
    public async Task Key_AddedDuringItsPause_ComesAtOnce()
    {
        Run();
        _queue.Add("a");
        (await NextAsync()).Fail();
        await _time.WaitForTimerAsync(FirstPause);
        _queue.Add("a");
        (await NextAsync()).End();
        await DrainedAsync();
        Assert.Null(_time.NextTimer);
    }

    [Fact]
    public async Task Key_Delayed_WaitsAndTheEarlierTimeWins()
    {
        Run();
        _queue.Add("a", TimeSpan.FromSeconds(10));
        _queue.Add("a", TimeSpan.FromSeconds(3));
        _queue.Add("a", TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(3), _time.NextTimer);
        _time.Advance(TimeSpan.FromSeconds(3));
        (await NextAsync()).End();
        await DrainedAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_started.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Keys_Hastened_AreWorkedOnAtOnce()
    {
        Run();
        _queue.Add("a", TimeSpan.FromSeconds(10));
        _queue.Add("b", TimeSpan.FromSeconds(10));
        _queue.Hasten(key => key == "a");
        Job job = await NextAsync();
        Assert.Equal("a", job.Key);
        job.End();
        await WaitAsync(() => _queue.Count == 1);
        Assert.False(_started.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("b", (await NextAsync()).Key);
    }

    [Fact]
    public async Task Key_Withdrawn_IsWorkedOnOnlyWhenItWasDueOrHadFailed()
    {
        _queue.Add("waits", TimeSpan.FromSeconds(10));
        _queue.Add("due");
        _queue.Withdraw("waits");
        _queue.Withdraw("due");
        _queue.Withdraw("unknown");
        Assert.Null(_time.NextTimer);

        Run();
        Job due = await NextAsync();
        Assert.Equal("due", due.Key);
        due.Fail();
        await _time.WaitForTimerAsync(FirstPause);
        _queue.Withdraw("due");
        _time.Advance(FirstPause);
        (await NextAsync()).End();
        await DrainedAsync();
    }

    [Fact]
    public async Task Queue_UnderManyAddersAndFailures_LosesNoKey()
    {
        var latest = new int[20];
        var seen = new int[20];
        using var stop = new CancellationTokenSource();
        var queue = new ReconcileQueue<int>(
            (key, _) =>
            {
                int value = Volatile.Read(ref latest[key]);
                Volatile.Write(ref seen[key], value);
                return value % 7 == 3 ? Task.FromException(new InvalidOperationException("now and then")) : Task.CompletedTask;
            },
            new ReconcileQueueOptions { Concurrency = 8, FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(2) },
            TimeProvider.System,
            NullLogger.Instance);
        Task running = queue.RunAsync(stop.Token);
        await Parallel.ForAsync(0, 8, (_, _) =>
        {
            for (int i = 0; i < 7000; i++)
            {
                int key = i % latest.Length;
                Interlocked.Increment(ref latest[key]);
                queue.Add(key);
            }

            return ValueTask.CompletedTask;
        });
        for (int key = 0; key < latest.Length; key++)
        {
            // The last round must not be one that fails for ever.
            Volatile.Write(ref latest[key], 7_000_000);
            queue.Add(key);
        }

        await WaitAsync(() => seen.All(value => value == 7_000_000) && queue.Count == 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private void Run() => _running = _queue.RunAsync(_stop.Token);

    private async Task WorkAsync(string key, CancellationToken cancellationToken)
    {
        var job = new Job(key);
        await _started.Writer.WriteAsync(job, cancellationToken);
        await job.Ended.WaitAsync(cancellationToken);
    }

    private async Task<Job> NextAsync()
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        return await _started.Reader.ReadAsync(timeout.Token);
    }

    private Task DrainedAsync() => WaitAsync(() => _queue.Count == 0);

    private static async Task WaitAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, timeout.Token);
        }
    }

    private sealed class Job(string key)
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Key => key;

        public Task Ended => _end.Task;

        public void End() => _end.SetResult();

        public void Fail() => _end.SetException(new InvalidOperationException("as the test wants"));
    }
}
