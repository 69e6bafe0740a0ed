namespace Sympozium.Runner.Lifetime;

/// <summary>Why a process ends before its work is done.</summary>
internal enum StopReason
{
    /// <summary>It goes on.</summary>
    None,

    /// <summary>Someone sent SIGTERM.</summary>
    Terminated,

    /// <summary>The run's time is over.</summary>
    TimedOut,
}

/// <summary>Ends the work of a process that must stop.</summary>
internal sealed class StoppedException(StopReason reason) : Exception("The process must stop.")
{
    /// <summary>Why.</summary>
    public StopReason Reason { get; } = reason;
}
