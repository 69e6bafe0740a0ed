using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>A timer of an activation. Its ticks are admitted like calls and never overlap each other.</summary>
internal abstract class GrainTimer : AdmittedItem, IGrainTimer
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly GrainActivation _activation;
    private readonly GrainTimerCreationOptions _options;
    private readonly ITimer _timer;
    private TimeSpan _period;
    private TimeSpan? _changedTo;
    private Task _tick = Task.CompletedTask;
    private bool _ticking;
    private bool _disposed;

    protected GrainTimer(GrainActivation activation, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _options = options;
        _period = options.Period;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = activation.Class.Runtime.Time.CreateTimer(
                static state => ((GrainTimer)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public override bool KeepsAlive => _options.KeepAlive;

    public override Admission Admission => _options.Interleave ? Admission.Always : Admission.Exclusive;

    /// <summary>Starts the clock; apart from construction since a timer may be due at once.</summary>
    public void Start()
    {
        _activation.Add(this);
        _timer.Change(_options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _period = period;
            if (_ticking)
            {
                _changedTo = dueTime;
            }
            else
            {
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _timer.Dispose();
        _activation.Remove(this);
        _stopped.Cancel();
    }

    public override void Execute(GrainActivation activation)
    {
        if (_disposed)
        {
            Finish();
            return;
        }

        try
        {
            _tick = InvokeAsync(_stopped.Token);
        }
        catch (Exception exception)
        {
            _tick = Task.FromException(exception);
        }

        if (_tick.IsCompleted)
        {
            Finish();
        }
        else
        {
            _tick.GetAwaiter().UnsafeOnCompleted(Finish);
        }
    }

    public override void Abandon(GrainActivation activation, Exception? activationFailure)
    {
        // Already disposed by the activation's end.
    }

    protected abstract Task InvokeAsync(CancellationToken cancellationToken);

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero && dueTime != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "The due time is neither positive, zero nor infinite.");
        }

        if (period < TimeSpan.Zero && period != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(period), period, "The period is neither positive, zero nor infinite.");
        }
    }

    private void OnDue()
    {
        lock (_gate)
        {
            if (_disposed || _ticking)
            {
                return;
            }

            _ticking = true;
        }

        if (!_activation.TryRun(this))
        {
            // The activation is about to end and disposes its timers in a turn of its own.
            lock (_gate)
            {
                _ticking = false;
            }
        }
    }

    private void Finish()
    {
        if (_tick.IsFaulted)
        {
            _activation.Class.Runtime.Log.TimerFailed(_tick.Exception!.GetBaseException(), _activation.GrainId);
        }

        _tick = Task.CompletedTask;
        _activation.End(this, null);
        lock (_gate)
        {
            _ticking = false;
            if (_disposed)
            {
                return;
            }

            // A period of zero would starve the grain's callers: the timer's own queueing is not a pause.
            var next = _changedTo ?? (_period == TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : _period);
            _changedTo = null;
            _timer.Change(next, Timeout.InfiniteTimeSpan);
        }
    }
}

/// <summary>A timer with what its callback gets.</summary>
internal sealed class GrainTimer<TState>(
    GrainActivation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    protected override Task InvokeAsync(CancellationToken cancellationToken) => callback(state, cancellationToken);
}
