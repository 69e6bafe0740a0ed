using System.Runtime.CompilerServices;
using Orleans.Runtime;
using Sympozium.GrainRuntime.Calls;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>Calls: on the caller's thread when the activation is idle, else through its queue.</summary>
internal sealed partial class GrainActivation
{
    // Chains of idle grains run on one stack up to this depth; deeper ones go through queues.
    private const int MaxInlineDepth = 16;

    [ThreadStatic]
    private static int _inlineDepth;

    /// <summary>Starts a call. Null: the activation has ended, ask for the next one.</summary>
    public Task? Call(GrainRequest request)
    {
        if (!request.Method.OneWay && _inlineDepth < MaxInlineDepth && RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            lock (this)
            {
                if (_state == ActivationState.Valid && !_turnHeld && _ready.IsEmpty && MayAdmit_NeedsLock(request.Admission))
                {
                    _turnHeld = true;
                    Begin_NeedsLock(request);
                    goto Inline;
                }
            }
        }

        request.PrepareToWait(this);
        if (!TryQueue(request))
        {
            return null;
        }

        return request.Method.OneWay ? Task.CompletedTask : request.Answer;

    Inline:
        return CallInline(request);
    }

    /// <summary>Queues a call which already has somebody waiting for its answer. False: the activation has ended.</summary>
    public bool TryQueue(GrainRequest request)
    {
        request.Target = this;
        var refused = false;
        lock (this)
        {
            switch (_state)
            {
                case ActivationState.Dead:
                    return false;
                case ActivationState.Created:
                    _state = ActivationState.Activating;
                    _ready.Enqueue(new ActivationStart(request.Flow));
                    break;
            }

            if (_waitingCount >= grainClass.Runtime.Options.MaxWaitingCalls)
            {
                refused = true;
            }
            else
            {
                Enqueue_NeedsLock(request);
            }

            ScheduleVisit_NeedsLock();
        }

        if (refused)
        {
            request.Fail(new LimitExceededException(
                $"{grainClass.Runtime.Options.MaxWaitingCalls} calls wait for grain '{GrainId}' already; '{request.Method}' was refused. "
                + "Call again later, or find out what the grain is busy with."));
        }

        return true;
    }

    private Task CallInline(GrainRequest request)
    {
        var outer = SynchronizationContext.Current;
        var flow = ExecutionContext.Capture();
        SetSynchronizationContext(this);
        _inlineDepth++;
        Task task;
        var completed = true;
        try
        {
            task = request.InvokeOrFail(_instance!);
            if (!task.IsCompleted)
            {
                completed = false;

                // In this order: the answer must exist when the grain's task completes, which may be at once and elsewhere.
                var answer = request.PrepareAnswer(this);
                request.Follow(task);
                task = answer;
            }
        }
        finally
        {
            _inlineDepth--;
            SetSynchronizationContext(outer);
            if (flow is not null && !ReferenceEquals(flow, ExecutionContext.Capture()))
            {
                ExecutionContext.Restore(flow);
            }
        }

        LeaveInline(request, completed);
        if (completed && task.IsFaulted)
        {
            EndIfInconsistent(task);
        }

        return task;
    }

    private void LeaveInline(GrainRequest request, bool completed)
    {
        lock (this)
        {
            _turnHeld = false;
            if (completed)
            {
                End_NeedsLock(request);
            }

            ScheduleVisit_NeedsLock();
        }
    }
}
