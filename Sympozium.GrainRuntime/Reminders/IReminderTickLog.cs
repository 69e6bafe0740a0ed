using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>
/// What a reminder table may remember beyond its rows: when each reminder last fired. With it, a tick that was missed while the process was
/// down is made up for, once, at the next start.
/// </summary>
public interface IReminderTickLog
{
    /// <summary>The last tick of a reminder (UTC), or null if it has not fired since it was registered.</summary>
    Task<DateTime?> ReadLastTickAsync(GrainId grainId, string reminderName, CancellationToken cancellationToken);

    /// <summary>Notes a tick. Does nothing if the reminder is gone.</summary>
    Task WriteLastTickAsync(GrainId grainId, string reminderName, DateTime tick, CancellationToken cancellationToken);
}
