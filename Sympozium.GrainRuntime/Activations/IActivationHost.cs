using Orleans;
using Orleans.Timers;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>What grain base classes ask of an activation beyond the public context.</summary>
internal interface IActivationHost
{
    IGrainFactory GrainFactory { get; }

    ITimerRegistry TimerRegistry { get; }

    void DelayDeactivation(TimeSpan timeSpan);
}
