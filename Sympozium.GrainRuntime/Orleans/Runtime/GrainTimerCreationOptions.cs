using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>When a grain timer fires, and how its callbacks mix with calls.</summary>
public readonly struct GrainTimerCreationOptions()
{
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time until the first callback; <see cref="Timeout.InfiniteTimeSpan"/> for none until the timer is changed.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of one callback to the next; <see cref="Timeout.InfiniteTimeSpan"/> for one callback only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether callbacks interleave with calls and with other timers.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether callbacks keep the activation from being collected as idle.</summary>
    public bool KeepAlive { get; init; }
}
