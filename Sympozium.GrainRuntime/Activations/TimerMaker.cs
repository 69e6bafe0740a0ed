using Orleans.Runtime;
using Orleans.Timers;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>Makes timers for activations.</summary>
internal sealed class TimerMaker : ITimerRegistry
{
    public static TimerMaker Instance { get; } = new();

    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new GrainTimer<TState>((GrainActivation)grainContext, callback, state, options);
        timer.Start();
        return timer;
    }
}
