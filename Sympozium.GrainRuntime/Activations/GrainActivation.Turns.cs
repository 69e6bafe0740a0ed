namespace Sympozium.GrainRuntime.Activations;

/// <summary>Who runs when: at most one turn at a time, calls admitted by their kind, first come first served.</summary>
internal sealed partial class GrainActivation
{
    // After so many turns a busy activation lets others have the thread.
    private const int TurnsPerVisit = 64;

    private WorkQueue _ready;
    private WorkQueue _waiting;
    private int _waitingCount;
    private int _alwaysRunning;
    private int _readersRunning;
    private int _lastUsed;
    private bool _exclusiveRunning;
    private bool _turnHeld;
    private bool _visitScheduled;

    private bool IsBusy_NeedsLock => _exclusiveRunning || _readersRunning + _alwaysRunning > 0;

    public override void Post(SendOrPostCallback d, object? state) => Run(new PostedCallback(d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A grain's turn cannot be run synchronously from outside; await the call instead.");

    /// <summary>Queues a turn that needs no admission.</summary>
    public void Run(WorkItem item)
    {
        lock (this)
        {
            _ready.Enqueue(item);
            ScheduleVisit_NeedsLock();
        }
    }

    /// <summary>Queues work that must be admitted; false if the activation takes no more.</summary>
    public bool TryRun(AdmittedItem item)
    {
        lock (this)
        {
            if (_state >= ActivationState.Deactivating)
            {
                return false;
            }

            Enqueue_NeedsLock(item);
            return true;
        }
    }

    /// <summary>Says that admitted work is done.</summary>
    public void End(AdmittedItem item, Task? task)
    {
        lock (this)
        {
            End_NeedsLock(item);
            ScheduleVisit_NeedsLock();
        }

        if (task is { IsFaulted: true })
        {
            EndIfInconsistent(task);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (this)
        {
            _visitScheduled = false;

            // Whoever holds the turn schedules the next visit when it lets go.
            if (_turnHeld || _ready.IsEmpty)
            {
                return;
            }

            _turnHeld = true;
        }

        var outer = SynchronizationContext.Current;
        SetSynchronizationContext(this);
        try
        {
            Visit();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private void TouchFor(AdmittedItem item)
    {
        if (item.KeepsAlive)
        {
            _lastUsed = grainClass.Runtime.Tick;
        }
    }

    private void Visit()
    {
        for (var turn = 0; ; turn++)
        {
            WorkItem? item;
            lock (this)
            {
                item = turn < TurnsPerVisit ? _ready.Dequeue() : null;
                if (item is null)
                {
                    _turnHeld = false;
                    ScheduleVisit_NeedsLock();
                    return;
                }
            }

            item.Execute(this);
        }
    }

    private void ScheduleVisit_NeedsLock()
    {
        if (!_turnHeld && !_visitScheduled && !_ready.IsEmpty)
        {
            _visitScheduled = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    private void Enqueue_NeedsLock(AdmittedItem item)
    {
        if (_state == ActivationState.Valid && MayAdmit_NeedsLock(item.Admission))
        {
            Begin_NeedsLock(item);
            _ready.Enqueue(item);
            ScheduleVisit_NeedsLock();
        }
        else
        {
            _waiting.Enqueue(item);
            _waitingCount++;
        }
    }

    private bool MayAdmit_NeedsLock(Admission admission)
    {
        if (admission == Admission.Always || grainClass.Reentrant)
        {
            return true;
        }

        return !_exclusiveRunning && (admission == Admission.ReadOnly || _readersRunning == 0);
    }

    private void Begin_NeedsLock(AdmittedItem item)
    {
        TouchFor(item);
        switch (grainClass.Reentrant ? Admission.Always : item.Admission)
        {
            case Admission.Exclusive:
                _exclusiveRunning = true;
                break;
            case Admission.ReadOnly:
                _readersRunning++;
                break;
            default:
                _alwaysRunning++;
                break;
        }
    }

    private void End_NeedsLock(AdmittedItem item)
    {
        TouchFor(item);
        switch (grainClass.Reentrant ? Admission.Always : item.Admission)
        {
            case Admission.Exclusive:
                _exclusiveRunning = false;
                break;
            case Admission.ReadOnly:
                _readersRunning--;
                break;
            default:
                _alwaysRunning--;
                break;
        }

        if (!_waiting.IsEmpty)
        {
            AdmitWaiting_NeedsLock(all: false);
        }

        if (_state == ActivationState.Deactivating && !IsBusy_NeedsLock)
        {
            _extras?.Drained?.TrySetResult();
        }
    }

    private void AdmitWaiting_NeedsLock(bool all)
    {
        if (_state != ActivationState.Valid)
        {
            return;
        }

        WorkItem? previous = null;
        var item = _waiting.Head;
        while (item is AdmittedItem admitted)
        {
            var next = item.Next;
            if (MayAdmit_NeedsLock(admitted.Admission))
            {
                _waiting.Unlink(previous, item);
                _waitingCount--;
                Begin_NeedsLock(admitted);
                _ready.Enqueue(item);
            }
            else if (_exclusiveRunning && !all)
            {
                // What interleaves with everything never waits once the activation has started, so nothing behind this can be admitted.
                return;
            }
            else
            {
                previous = item;
            }

            item = next;
        }
    }
}
