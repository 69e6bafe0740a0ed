namespace Sympozium.Messaging.Nats;

/// <summary>
/// Time limits of many calls: those that begin within a twentieth of the limit share one timer, which for tens of thousands of calls a second is
/// the difference between two changes of the timer queue for each and none. A call's limit is thus longer by up to a twentieth.
/// </summary>
internal sealed class PublishLimits(TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly TimeSpan _shared = limit / 20;
    private readonly Lock _lock = new();
    private readonly Queue<Window> _windows = new();
    private Window? _newest;

    /// <summary>Cancelled when the time of a call that begins now is over.</summary>
    public CancellationToken Next() => Volatile.Read(ref _newest) is { } window && time.GetElapsedTime(window.Started) < _shared ? window.Token : Open();

    public void Dispose()
    {
        lock (_lock)
        {
            while (_windows.TryDequeue(out Window? window))
            {
                window.Dispose();
            }
        }
    }

    private CancellationToken Open()
    {
        lock (_lock)
        {
            if (_newest is { } newest && time.GetElapsedTime(newest.Started) < _shared)
            {
                return newest.Token;
            }

            // Those that are over for all who began in them.
            while (_windows.Count > 0 && _windows.Peek().Token.IsCancellationRequested)
            {
                _windows.Dequeue().Dispose();
            }

            var window = new Window(limit + _shared, time);
            _windows.Enqueue(window);
            Volatile.Write(ref _newest, window);
            return window.Token;
        }
    }

    private sealed class Window(TimeSpan limit, TimeProvider time) : IDisposable
    {
        private readonly CancellationTokenSource _over = new(limit, time);

        public long Started { get; } = time.GetTimestamp();

        public CancellationToken Token => _over.Token;

        public void Dispose() => _over.Dispose();
    }
}
