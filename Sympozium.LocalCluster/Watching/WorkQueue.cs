using System.Threading.Channels;

namespace Sympozium.LocalCluster.Watching;

/// <summary>
/// Keys that need work. A key is in it once however often it is added, and is never handed to two workers at the same time: added
/// while it is worked on, it comes again afterwards. Its size is therefore bounded by the number of objects.
/// </summary>
internal sealed class WorkQueue<TKey>(TimeProvider time) : IDisposable
    where TKey : notnull
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly HashSet<TKey> _dirty = [];
    private readonly HashSet<TKey> _working = [];
    private readonly Dictionary<TKey, (DateTimeOffset Due, ITimer Timer)> _delayed = [];

    public void Add(TKey key)
    {
        lock (_lock)
        {
            if (_dirty.Add(key) && !_working.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Adds a key at a time, unless it is due earlier already.</summary>
    public void AddAt(TKey key, DateTimeOffset due)
    {
        TimeSpan delay = due - time.GetUtcNow();
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            if (_delayed.TryGetValue(key, out (DateTimeOffset Due, ITimer Timer) known))
            {
                if (known.Due <= due)
                {
                    return;
                }

                known.Timer.Dispose();
            }

            // Whoever comes too early for a far deadline is simply told to come again.
            _delayed[key] = (due, time.CreateTimer(_ => Expire(key), null, delay < MaxDelay ? delay : MaxDelay, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>The next key; <see cref="Done"/> must follow.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        TKey key = await _ready.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            _dirty.Remove(key);
            _working.Add(key);
        }

        return key;
    }

    public void Done(TKey key)
    {
        lock (_lock)
        {
            _working.Remove(key);
            if (_dirty.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach ((_, ITimer timer) in _delayed.Values)
            {
                timer.Dispose();
            }

            _delayed.Clear();
        }
    }

    private void Expire(TKey key)
    {
        lock (_lock)
        {
            if (_delayed.Remove(key, out (DateTimeOffset Due, ITimer Timer) known))
            {
                known.Timer.Dispose();
            }
        }

        Add(key);
    }
}
