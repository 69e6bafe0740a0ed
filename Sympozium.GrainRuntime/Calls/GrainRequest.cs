using Orleans.Runtime;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>
/// One call with its arguments. While the grain is idle and answers at once, this object is all a call costs; an answer, a deadline and
/// a flow are made only when somebody has to wait. Classes made for each interface method derive from it.
/// </summary>
internal abstract class GrainRequest(GrainMethod method) : AdmittedItem
{
    // How often a call is passed on among activations that end themselves while they start; as many times as Orleans does it.
    private const int MaxForwards = 2;

    private CancellationTokenSource? _cancellation;
    private CancellationTokenRegistration _callerCancellation;
    private DeadlineEntry? _deadline;
    private Task? _grainTask;
    private CancellationToken _callerToken;
    private bool _isPrepared;
    private bool _hasStarted;
    private byte _forwards;

    public GrainMethod Method { get; } = method;

    public override Admission Admission => Method.Admission;

    /// <summary>The cancellation token among the arguments.</summary>
    public virtual CancellationToken Token
    {
        get => default;
        set
        {
        }
    }

    /// <summary>The activation which has the call now.</summary>
    public GrainActivation? Target { get; set; }

    /// <summary>The caller's execution context: request context and current activity.</summary>
    public ExecutionContext? Flow { get; private set; }

    /// <summary>What the caller of a waiting call awaits.</summary>
    public abstract Task Answer { get; }

    /// <summary>Calls the method. Public since classes made at run time override it.</summary>
    public abstract Task Invoke(object grain);

    public Task InvokeOrFail(object grain)
    {
        _hasStarted = true;
        try
        {
            return Invoke(grain) ?? Failed(new InvalidOperationException($"'{Method}' of '{grain.GetType()}' returned null instead of a task."));
        }
        catch (Exception exception)
        {
            return Failed(exception);
        }
    }

    /// <summary>
    /// The grain gets a token of its own: the caller's is signalled on the caller's thread, the grain's in a turn of the grain.
    /// Gives the answer if the caller has cancelled already.
    /// </summary>
    public Task? TakeOverToken()
    {
        var token = Token;
        if (token.IsCancellationRequested)
        {
            return Cancelled(token);
        }

        TakeOverToken(new CancellationTokenSource(), token);
        return null;
    }

    /// <summary>As above, with the source whose token the grain gets.</summary>
    public void TakeOverToken(CancellationTokenSource grainSource, CancellationToken callerToken)
    {
        _callerToken = callerToken;
        _cancellation = grainSource;
        Token = grainSource.Token;
    }

    /// <summary>Makes what a call needs that goes through a queue.</summary>
    public void PrepareToWait(GrainActivation target)
    {
        if (_isPrepared)
        {
            return;
        }

        _isPrepared = true;
        Target = target;
        Flow = ExecutionContext.Capture();
        if (!Method.OneWay)
        {
            PrepareAnswer(target);
        }
    }

    /// <summary>Makes what a call needs whose answer is not there at once.</summary>
    public Task PrepareAnswer(GrainActivation target)
    {
        Target = target;
        var answer = Answer;
        _deadline = target.Class.Runtime.Deadlines.Add(Method.Timeout, static state => ((GrainRequest)state).Expire(), this);
        if (_callerToken.CanBeCanceled)
        {
            _callerCancellation = _callerToken.UnsafeRegister(static state => ((GrainRequest)state!).CancelByCaller(), this);
        }

        return answer;
    }

    /// <summary>Answers when the grain's task is done. Called in a turn of the grain, so that the end is one, too.</summary>
    public void Follow(Task task)
    {
        _grainTask = task;
        task.GetAwaiter().UnsafeOnCompleted(Finish);
    }

    public sealed override void Execute(GrainActivation activation)
    {
        if (!Method.OneWay && Answer.IsCompleted)
        {
            // Timed out or cancelled while it waited.
            activation.End(this, null);
            return;
        }

        var own = ExecutionContext.Capture();
        if (Flow is not null)
        {
            ExecutionContext.Restore(Flow);
        }

        var task = InvokeOrFail(activation.GrainInstance!);
        if (task.IsCompleted)
        {
            _grainTask = task;
            Finish();
        }
        else
        {
            Follow(task);
        }

        if (own is not null)
        {
            ExecutionContext.Restore(own);
        }
    }

    public sealed override void Abandon(GrainActivation activation, Exception? activationFailure)
    {
        if (activationFailure is not null)
        {
            Fail(activationFailure);
        }
        else if (activation.EndedWhileStarting && ++_forwards > MaxForwards)
        {
            Fail(new OrleansMessageRejectionException(
                $"'{Method}' of grain '{activation.GrainId}' was passed on {MaxForwards} times, and each activation ended itself while it started; "
                + $"look at '{activation.Class.Type}.OnActivateAsync'."));
        }
        else
        {
            activation.Class.Resend(this, activation.Key);
        }
    }

    /// <summary>Answers with an error, unless there is an answer already.</summary>
    public void Fail(Exception exception)
    {
        if (Method.OneWay)
        {
            Target?.Class.Runtime.Log.OneWayFailed(exception, Method.Name, Target.GrainId);
        }
        else if (TryAnswer(exception))
        {
            Release();
        }
    }

    /// <summary>A completed task of the method's type.</summary>
    public abstract Task Failed(Exception exception);

    protected abstract Task Cancelled(CancellationToken cancellationToken);

    protected abstract bool TryAnswer(Task grainTask);

    protected abstract bool TryAnswer(Exception exception);

    protected abstract bool TryAnswer(CancellationToken cancelled);

    private void Finish()
    {
        var task = _grainTask!;

        // First the grain is free, then the caller goes on: its next call finds the grain idle.
        Target!.End(this, task);
        if (!Method.OneWay)
        {
            if (TryAnswer(task))
            {
                Release();
            }
            else if (task.IsFaulted)
            {
                Target.Class.Runtime.Log.LateFailure(task.Exception!.GetBaseException(), Method.Name, Target.GrainId);
            }
        }
        else if (task.IsFaulted)
        {
            Target.Class.Runtime.Log.OneWayFailed(task.Exception!.GetBaseException(), Method.Name, Target.GrainId);
        }
    }

    private void Expire()
    {
        var target = Target;
        var timeout = Method.Timeout ?? target!.Class.Runtime.Options.ResponseTimeout;
        var state = _hasStarted ? "is still running" : "still waits for its turn behind earlier calls";
        if (TryAnswer(new TimeoutException(
            $"'{Method}' of grain '{target?.GrainId}' did not answer within {timeout}; the call {state}. Either it takes longer than "
            + "its callers wait, or grains wait for each other in a circle: mark one of the methods as interleaving.")))
        {
            Release();
            SignalGrain();
        }
    }

    private void CancelByCaller()
    {
        if (TryAnswer(_callerToken))
        {
            Release();
            SignalGrain();
        }
    }

    // What the grain registered on its token runs in one of its turns.
    private void SignalGrain()
    {
        if (_cancellation is { } cancellation)
        {
            if (Target is { } target)
            {
                target.Run(new PostedCallback(static state => ((CancellationTokenSource)state!).Cancel(), cancellation));
            }
            else
            {
                cancellation.Cancel();
            }
        }
    }

    private void Release()
    {
        _deadline?.Remove();
        _callerCancellation.Dispose();
    }
}
