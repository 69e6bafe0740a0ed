using System.Collections.Immutable;
using System.Threading.Channels;

namespace Sympozium.Gateway.Runs;

/// <summary>What happened in one run, as far as it fits: a ring, so that a late subscriber sees the run from its start.</summary>
internal sealed class RunLog(int capacity)
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly List<RunEvent> _ring = [];
    private ImmutableArray<ChannelWriter<bool>> _wakers = [];
    private long _last;
    private int _oldest;
    private int _clients;

    /// <summary>Timestamp of the terminal phase; 0 while the run goes on.</summary>
    public long EndedAt { get; private set; }

    public bool HasFollowers => !_wakers.IsEmpty;

    /// <summary>Adds an event and wakes the followers. After a terminal phase nothing more is taken.</summary>
    public void Append(RunEvent runEvent, long timestamp)
    {
        lock (_gate)
        {
            if (EndedAt != 0)
            {
                return;
            }

            runEvent.Sequence = ++_last;
            if (_ring.Count < capacity)
            {
                _ring.Add(runEvent);
            }
            else
            {
                _ring[_oldest] = runEvent;
                _oldest = (_oldest + 1) % capacity;
            }

            if (runEvent.IsTerminal)
            {
                EndedAt = timestamp;
            }
        }

        Wake();
    }

    /// <summary>Copies the events after <paramref name="sequence"/>; false when there are none.</summary>
    public bool ReadAfter(long sequence, List<RunEvent> into)
    {
        into.Clear();
        lock (_gate)
        {
            int count = (int)Math.Min(_last - sequence, _ring.Count);
            for (int i = _ring.Count - count; i < _ring.Count; i++)
            {
                into.Add(_ring[(_oldest + i) % _ring.Count]);
            }
        }

        return into.Count > 0;
    }

    public void Wake()
    {
        foreach (ChannelWriter<bool> waker in _wakers)
        {
            waker.TryWrite(true);
        }
    }

    public void Add(ChannelWriter<bool> waker)
    {
        lock (_gate)
        {
            _wakers = _wakers.Add(waker);
        }
    }

    public void Remove(ChannelWriter<bool> waker)
    {
        lock (_gate)
        {
            _wakers = _wakers.Remove(waker);
        }
    }

    /// <summary>Counts a request that waits for the answer.</summary>
    public void EnterClient() => Interlocked.Increment(ref _clients);

    /// <summary>True when the last such request left.</summary>
    public bool LeaveClient() => Interlocked.Decrement(ref _clients) == 0;
}
