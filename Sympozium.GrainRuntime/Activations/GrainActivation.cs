using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Timers;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>
/// One grain in memory. It is the synchronization context of its turns: whatever its grain awaits continues in its queue.
/// The object itself is the lock of all its mutable fields (nobody outside this assembly can hold it as anything but an
/// <see cref="IGrainContext"/>, and a lock object for each activation is memory).
/// </summary>
/// <remarks>
/// This file: identity. <c>GrainActivation.Turns.cs</c>: who runs when. <c>GrainActivation.Calls.cs</c>: calls.
/// <c>GrainActivation.Lifecycle.cs</c>: start and end.
/// </remarks>
internal sealed partial class GrainActivation(GrainClass grainClass, string key)
    : SynchronizationContext, IGrainContext, IActivationHost, IThreadPoolWorkItem
{
    private ActivationExtras? _extras;
    private object? _instance;
    private ActivationState _state;

    public GrainClass Class => grainClass;

    public string Key => key;

    public GrainId GrainId => GrainId.Create(grainClass.GrainType, key);

    public GrainReference GrainReference => new UntypedReference(grainClass, key);

    public object? GrainInstance => _instance;

    public IGrainFactory GrainFactory => grainClass.Runtime;

    public ITimerRegistry TimerRegistry => TimerMaker.Instance;

    public IServiceProvider ActivationServices
    {
        get
        {
            lock (this)
            {
                if (_state == ActivationState.Dead)
                {
                    return grainClass.Runtime.ServiceProvider;
                }

                var extras = Extras_NeedsLock;
                extras.Scope ??= grainClass.Runtime.ServiceProvider.CreateAsyncScope();
                return extras.Scope.Value.ServiceProvider;
            }
        }
    }

    public Task Deactivated
    {
        get
        {
            lock (this)
            {
                return _state == ActivationState.Dead
                    ? Task.CompletedTask
                    : (Extras_NeedsLock.Ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    /// <summary>Whether it has been called and not yet ended.</summary>
    public bool HasBegun => _state is not (ActivationState.Created or ActivationState.Dead);

    private ActivationExtras Extras_NeedsLock => _extras ??= new ActivationExtras();

    /// <summary>The activation whose turn runs on this thread.</summary>
    public static new GrainActivation? Current => SynchronizationContext.Current as GrainActivation;

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public override string ToString() => GrainId.ToString();

    public override SynchronizationContext CreateCopy() => this;

    public void DelayDeactivation(TimeSpan timeSpan)
    {
        var time = grainClass.Runtime.Time;
        lock (this)
        {
            if (timeSpan <= TimeSpan.Zero)
            {
                _extras?.KeepAliveUntil = 0;
            }
            else
            {
                var units = timeSpan.TotalSeconds * time.TimestampFrequency;
                Extras_NeedsLock.KeepAliveUntil = units >= long.MaxValue - time.GetTimestamp() ? long.MaxValue : time.GetTimestamp() + (long)units;
            }
        }
    }
}
