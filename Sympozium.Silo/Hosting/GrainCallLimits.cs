namespace Sympozium.Silo.Hosting;

/// <summary>How long calls of grains are tried.</summary>
/// <param name="FirstAttempt">How long an attempt may take; one after <see cref="Patience"/> twice as long as the one before it. Null: as long as the call.</param>
/// <param name="Whole">How long the call may take with all its attempts.</param>
internal sealed record GrainCallLimits(TimeSpan? FirstAttempt, TimeSpan Whole)
{
    /// <summary>More than it takes until all know that a silo is dead.</summary>
    public TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);
}
