using Orleans;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>When a reminder fires next. Pure.</summary>
internal static class ReminderSchedule
{
    /// <summary>The next tick in the reminder's rhythm after <paramref name="now"/>; ticks that passed meanwhile are one.</summary>
    public static DateTime After(ReminderEntry entry, DateTime now) =>
        entry.StartAt > now ? entry.StartAt : LatestAtOrBefore(entry, now) + entry.Period;

    private static DateTime LatestAtOrBefore(ReminderEntry entry, DateTime now) =>
        entry.StartAt + new TimeSpan((now - entry.StartAt).Ticks / entry.Period.Ticks * entry.Period.Ticks);
}
