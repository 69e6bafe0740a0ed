using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Watching;

/// <summary>
/// Keys that wait to be reconciled. A key waits at most once, is never worked on twice at a time, and comes again when it was
/// added while it was worked on. A key whose work fails comes again after a growing pause. So the queue is bounded by the number
/// of live keys, however many events there are.
/// </summary>
public sealed partial class ReconcileQueue<TKey>(
    Func<TKey, CancellationToken, Task> work, ReconcileQueueOptions options, TimeProvider time, ILogger logger)
    where TKey : notnull
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();

    /// <summary>Guards <see cref="_entries"/> and the entries in it.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>Keys that wait or are worked on.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Adds a key, to be worked on after <paramref name="delay"/>; an earlier time wins.</summary>
    public void Add(TKey key, TimeSpan delay = default)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out Entry? entry))
            {
                _entries[key] = entry = new Entry();
            }

            if (entry.Working)
            {
                entry.Again = true;
                entry.AgainDelay = entry.AgainDelay is TimeSpan known && known < delay ? known : delay;
            }
            else if (!entry.Ready)
            {
                Schedule(key, entry, delay);
            }
        }
    }

    /// <summary>Has the keys that wait for their time, and that <paramref name="wanted"/> names, worked on now.</summary>
    public void Hasten(Func<TKey, bool> wanted)
    {
        lock (_lock)
        {
            foreach ((TKey key, Entry entry) in _entries)
            {
                if (entry.IsWaiting && wanted(key))
                {
                    Schedule(key, entry, TimeSpan.Zero);
                }
            }
        }
    }

    /// <summary>Takes a key back that waits for its time; one whose work has failed, that is due or being worked on stays.</summary>
    public void Withdraw(TKey key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out Entry? entry) && entry is { IsWaiting: true, Failures: 0 })
            {
                entry.Timer!.Dispose();
                entry.Timer = null;
                _entries.Remove(key);
            }
        }
    }

    /// <summary>Works until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => WorkAsync(cancellationToken)));

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (TKey key in _ready.Reader.ReadAllAsync(cancellationToken))
        {
            Entry entry = Begin(key);
            bool failed = false;
            try
            {
                await work(key, cancellationToken);
                entry.Failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failed = true;
                entry.Failures++;
                // That the API is away is told once, by its client, not once for each key.
                LogFailed(e is KubernetesException { IsUnreachable: true } ? LogLevel.Debug : LogLevel.Warning, e, key, entry.Failures);
            }

            End(key, entry, failed);
        }
    }

    private Entry Begin(TKey key)
    {
        lock (_lock)
        {
            Entry entry = _entries[key];
            entry.Ready = false;
            entry.Working = true;
            return entry;
        }
    }

    private void End(TKey key, Entry entry, bool failed)
    {
        lock (_lock)
        {
            entry.Working = false;
            if (failed)
            {
                Schedule(key, entry, Pause(entry.Failures));
            }
            else if (entry.Again)
            {
                Schedule(key, entry, entry.AgainDelay ?? TimeSpan.Zero);
            }
            else
            {
                _entries.Remove(key);
            }

            entry.Again = false;
            entry.AgainDelay = null;
        }
    }

    private TimeSpan Pause(int failures)
    {
        double factor = Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromTicks((long)Math.Min(options.FirstPause.Ticks * factor, options.LongestPause.Ticks));
    }

    /// <summary>Call with the lock held.</summary>
    private void Schedule(TKey key, Entry entry, TimeSpan delay)
    {
        // A timer cannot wait for years; whoever comes too early for a far deadline is told to come again.
        delay = delay < MaxDelay ? delay : MaxDelay;
        DateTimeOffset due = time.GetUtcNow() + delay;
        if (entry.Timer is not null && entry.Due <= due)
        {
            return;
        }

        entry.Timer?.Dispose();
        entry.Timer = null;
        if (delay <= TimeSpan.Zero)
        {
            entry.Ready = true;
            _ready.Writer.TryWrite(key);
            return;
        }

        entry.Due = due;
        entry.Timer = time.CreateTimer(_ => Ripen(key, entry), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Ripen(TKey key, Entry entry)
    {
        lock (_lock)
        {
            if (entry.Timer is null || entry.Ready || entry.Working)
            {
                return;
            }

            entry.Timer.Dispose();
            entry.Timer = null;
            entry.Ready = true;
            _ready.Writer.TryWrite(key);
        }
    }

    /// <summary>Where in the code it failed is told of what goes on failing: when a server restarts, a hundred keys fail once, all for a reason that one line holds.</summary>
    private void LogFailed(LogLevel level, Exception exception, TKey key, int failures)
    {
        const int Telling = 3;
        if (logger.IsEnabled(level))
        {
            string reason = exception.Message.Trim().Split('\n', 2)[0].TrimEnd();
            string name = key.ToString() ?? "";
            LogFailed(level, failures == Telling ? exception : null, name, failures, reason);
        }
    }

    [LoggerMessage(Message = "Reconciling {Key} failed for the {Failures}. time ({Reason}); it is tried again")]
    private partial void LogFailed(LogLevel level, Exception? exception, string key, int failures, string reason);

    private sealed class Entry
    {
        public bool Ready { get; set; }

        public bool Working { get; set; }

        public bool Again { get; set; }

        public TimeSpan? AgainDelay { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset Due { get; set; }

        public ITimer? Timer { get; set; }

        public bool IsWaiting => Timer is not null && !Ready && !Working;
    }
}
