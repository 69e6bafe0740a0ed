namespace Sympozium.GrainRuntime.Calls;

/// <summary>
/// Deadlines which are all equally far off, so that the order of arrival is the order of expiry: one timer for all of them, and adding
/// or removing one is a few pointer writes.
/// </summary>
internal sealed class DeadlineQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _span;
    private readonly long _ticks;
    private readonly ITimer _timer;
    private DeadlineEntry? _head;
    private DeadlineEntry? _tail;
    private bool _armed;

    public DeadlineQueue(TimeSpan span, TimeProvider time)
    {
        _time = time;
        _span = span;
        _ticks = (long)(span.TotalSeconds * time.TimestampFrequency);
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((DeadlineQueue)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public DeadlineEntry Add(Action<object> expired, object state)
    {
        var entry = new DeadlineEntry(this, expired, state);
        lock (_gate)
        {
            entry.Due = _time.GetTimestamp() + _ticks;
            entry.Previous = _tail;
            entry.IsQueued = true;
            if (_tail is null)
            {
                _head = entry;
            }
            else
            {
                _tail.Next = entry;
            }

            _tail = entry;
            if (!_armed)
            {
                _armed = true;
                _timer.Change(_span, Timeout.InfiniteTimeSpan);
            }
        }

        return entry;
    }

    public void Remove(DeadlineEntry entry)
    {
        lock (_gate)
        {
            Unlink_NeedsLock(entry);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnDue()
    {
        while (true)
        {
            DeadlineEntry entry;
            lock (_gate)
            {
                if (_head is null)
                {
                    _armed = false;
                    return;
                }

                entry = _head;
                var left = entry.Due - _time.GetTimestamp();
                if (left > 0)
                {
                    // Rounded up: a timer that fires a little early must not find the entry not yet due and spin.
                    var milliseconds = Math.Ceiling(left * 1000.0 / _time.TimestampFrequency);
                    _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
                    return;
                }

                Unlink_NeedsLock(entry);
            }

            entry.Expire();
        }
    }

    private void Unlink_NeedsLock(DeadlineEntry entry)
    {
        if (!entry.IsQueued)
        {
            return;
        }

        entry.IsQueued = false;
        if (entry.Previous is null)
        {
            _head = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            _tail = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Previous = null;
        entry.Next = null;
    }
}
