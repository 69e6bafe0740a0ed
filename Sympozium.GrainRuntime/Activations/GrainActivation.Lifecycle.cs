using Orleans;
using Orleans.Storage;
using Sympozium.GrainRuntime.Calls;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>Start and end of an activation.</summary>
internal sealed partial class GrainActivation
{
    /// <summary>Whether it was told to end before it served anybody.</summary>
    public bool EndedWhileStarting { get; private set; }

    /// <summary>Constructs the grain, reads its state and runs its activation method. Never throws: its callers get the failure.</summary>
    public async Task StartAsync()
    {
        using var limit = grainClass.Runtime.Deadlines.Limit(this, grainClass.Runtime.Options.ActivationTimeout);
        Exception? failure = null;
        try
        {
            await StartGrainAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception exception)
        {
            failure = exception is OperationCanceledException && limit.Token.IsCancellationRequested
                ? new TimeoutException(
                    $"Grain '{GrainId}' did not start within {grainClass.Runtime.Options.ActivationTimeout}; look at '{grainClass.Type}.OnActivateAsync' and at the storage of its state.",
                    exception)
                : exception;
        }

        if (failure is not null)
        {
            grainClass.Runtime.Log.ActivationFailed(failure, GrainId);
            await CleanUpAsync();
            Die(failure);
            return;
        }

        DeactivationReason? reason;
        lock (this)
        {
            _state = ActivationState.Valid;
            _lastUsed = grainClass.Runtime.Tick;
            reason = _extras?.Reason;
            _extras?.Reason = null;
            EndedWhileStarting = reason is not null;
            if (reason is null)
            {
                AdmitWaiting_NeedsLock(all: true);
            }

            ScheduleVisit_NeedsLock();
        }

        if (reason is not null)
        {
            Deactivate(reason.Value);
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (this)
        {
            switch (_state)
            {
                case ActivationState.Created:
                    // Nobody called it, so there is nothing to end.
                    return;
                case ActivationState.Activating:
                    // Who waits for it goes on to the next activation, a bounded number of times.
                    Extras_NeedsLock.Reason ??= deactivationReason;
                    return;
                case ActivationState.Valid:
                    _state = ActivationState.Deactivating;
                    Extras_NeedsLock.Drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (!IsBusy_NeedsLock)
                    {
                        _extras!.Drained!.SetResult();
                    }

                    _ready.Enqueue(BeginEnd_NeedsLock(deactivationReason, cancellationToken));
                    ScheduleVisit_NeedsLock();
                    return;
            }
        }
    }

    /// <summary>Ends the activation if it has been idle for longer than its class allows.</summary>
    public void CollectIfIdle(int tick, long timestamp)
    {
        lock (this)
        {
            if (_state != ActivationState.Valid || IsBusy_NeedsLock || _turnHeld || !_ready.IsEmpty
                || tick - _lastUsed <= grainClass.AgeTicks || _extras?.KeepAliveUntil > timestamp)
            {
                return;
            }

            Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Idle for more than {grainClass.Age}."));
        }
    }

    public void Add(GrainTimer timer)
    {
        lock (this)
        {
            (Extras_NeedsLock.Timers ??= []).Add(timer);
        }
    }

    public void Remove(GrainTimer timer)
    {
        lock (this)
        {
            _extras?.Timers?.Remove(timer);
        }
    }

    /// <summary>Ties an enumeration to this activation. False: it is about to end.</summary>
    public bool TryAdd(EnumerationSession session)
    {
        lock (this)
        {
            if (_state != ActivationState.Valid)
            {
                return false;
            }

            (Extras_NeedsLock.Enumerations ??= []).Add(session);
            return true;
        }
    }

    public void Remove(EnumerationSession session)
    {
        lock (this)
        {
            _extras?.Enumerations?.Remove(session);
        }
    }

    private async Task StartGrainAsync(CancellationToken cancellationToken)
    {
        var instance = grainClass.Construct(this, out var states);
        _instance = instance;
        foreach (var state in states)
        {
            await state.ReadStateAsync(cancellationToken);
        }

        if (instance is IGrainBase grain)
        {
            await grain.OnActivateAsync(cancellationToken);
        }
    }

    private PostedCallback BeginEnd_NeedsLock(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // The time runs from now, not from the turn in which the end begins: calls under way may keep that waiting.
#pragma warning disable CA2000 // EndAsync disposes of it.
        var limit = grainClass.Runtime.Deadlines.Limit(this, grainClass.Runtime.Options.DeactivationTimeout, cancellationToken);
#pragma warning restore CA2000
        return new PostedCallback(_ => _ = EndAsync(reason, limit), null);
    }

    // Step 1: nothing new begins (the state says so), no tick of a timer either. Step 2: enumerations are cut, they could last for ever.
    // Step 3: calls and ticks under way finish. Step 4: timers end. Step 5: the grain's own method. Step 6: calls that came meanwhile go to
    // the next activation.
    private async Task EndAsync(DeactivationReason reason, TimeLimit limit)
    {
        using var owned = limit;
        try
        {
            StopEnumerations();
            await _extras!.Drained!.Task.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            grainClass.Runtime.Log.CallsOutlastedDeactivation(GrainId, grainClass.Runtime.Options.DeactivationTimeout);
        }
        catch (Exception exception)
        {
            grainClass.Runtime.Log.DeactivationFailed(exception, GrainId);
        }

        try
        {
            StopTimers();
            if (!EndedWhileStarting && _instance is IGrainBase grain)
            {
                await grain.OnDeactivateAsync(reason, limit.Token).WaitAsync(limit.Token);
            }
        }
        catch (Exception exception)
        {
            grainClass.Runtime.Log.DeactivationFailed(exception, GrainId);
        }

        await CleanUpAsync();
        Die(null);
    }

    private void StopEnumerations()
    {
        EnumerationSession[] enumerations;
        lock (this)
        {
            enumerations = _extras?.Enumerations?.ToArray() ?? [];
        }

        foreach (var enumeration in enumerations)
        {
            enumeration.Abort();
        }
    }

    private void StopTimers()
    {
        GrainTimer[] timers;
        lock (this)
        {
            timers = _extras?.Timers?.ToArray() ?? [];
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }

    private async Task CleanUpAsync()
    {
        try
        {
            StopTimers();
            StopEnumerations();
            switch (_instance)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }

            if (_extras?.Scope is { } scope)
            {
                await scope.DisposeAsync();
            }
        }
        catch (Exception exception)
        {
            grainClass.Runtime.Log.DeactivationFailed(exception, GrainId);
        }
    }

    private void Die(Exception? failure)
    {
        WorkItem? waiting;
        TaskCompletionSource? ended;
        lock (this)
        {
            _state = ActivationState.Dead;
            _instance = null;
            waiting = _waiting.TakeAll();
            _waitingCount = 0;
            ended = _extras?.Ended;
            _extras = null;
            grainClass.Remove(this);
        }

        while (waiting is AdmittedItem item)
        {
            waiting = item.Next;
            item.Abandon(this, failure);
        }

        ended?.TrySetResult();
    }

    // What the grain has in memory is older than what is stored; only a new activation can read it again.
    private void EndIfInconsistent(Task task)
    {
        if (task.Exception?.InnerException is InconsistentStateException { IsSourceActivation: true } exception)
        {
            exception.IsSourceActivation = false;
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception, "The stored state is newer than the grain's."));
        }
    }
}
