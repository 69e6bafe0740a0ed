using Orleans;
using Orleans.Runtime;
using Orleans.Timers;
using Sympozium.GrainRuntime.Hosting;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>
/// Fires reminders. It converges the set of pending ticks on the reminder table: loaded at start, changed by each registration. A tick calls
/// the grain and waits for it, so that ticks of one reminder never overlap; a tick that fails is logged and the next one comes in time.
/// </summary>
internal sealed class ReminderRegistry(LocalGrains grains, IReminderTable table, GrainRuntimeOptions options) : IReminderRegistry, IDisposable
{
    // What a due time and a period may be at most, for the sake of the distributed runtime's timers.
    private static readonly TimeSpan MaxPeriod = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), ReminderTicks> _reminders = [];
    private readonly CancellationTokenSource _stopping = new();
    private bool _isRunning;

    public async Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        Check(reminderName, dueTime, period);
        var entry = new ReminderEntry
        {
            GrainId = callingGrainId,
            ReminderName = reminderName,
            StartAt = grains.Time.GetUtcNow().UtcDateTime + dueTime,
            Period = period,
        };
        entry.ETag = await table.UpsertRow(entry) ?? throw new ReminderException(
            $"Reminder '{reminderName}' of grain '{callingGrainId}' could not be stored: it was changed at the same time. Register it again.");
        Schedule(entry, entry.StartAt);
        return new GrainReminder(reminderName, entry.ETag);
    }

    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        if (reminder is not GrainReminder own)
        {
            throw new ArgumentException($"Reminder '{reminder.ReminderName}' was not made by this runtime.", nameof(reminder));
        }

        if (!await table.RemoveRow(callingGrainId, own.ReminderName, own.ETag) && await table.ReadRow(callingGrainId, own.ReminderName) is not null)
        {
            throw new ReminderException(
                $"Reminder '{own.ReminderName}' of grain '{callingGrainId}' was registered anew meanwhile; get it again before it is removed.");
        }

        Forget((callingGrainId, own.ReminderName));
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName) =>
        await table.ReadRow(callingGrainId, reminderName) is { } entry ? new GrainReminder(entry.ReminderName, entry.ETag!) : null;

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId)
    {
        var rows = await table.ReadRows(callingGrainId);
        return [.. rows.Reminders.Select(entry => new GrainReminder(entry.ReminderName, entry.ETag!))];
    }

    /// <summary>Loads all reminders and starts them.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await table.StartAsync(cancellationToken);
        lock (_gate)
        {
            _isRunning = true;
        }

        var rows = await table.ReadRows(0, 0);
        foreach (var entry in rows.Reminders)
        {
            if (grains.ClassOf(entry.GrainId.Type) is not { } grainClass || !typeof(IRemindable).IsAssignableFrom(grainClass.Type))
            {
                grains.Log.ReminderWithoutGrain(entry.ReminderName, entry.GrainId);
                continue;
            }

            // As in a cluster: what was missed while nobody was there stays missed, and the rhythm goes on.
            Schedule(entry, ReminderSchedule.After(entry, grains.Time.GetUtcNow().UtcDateTime));
        }
    }

    /// <summary>Fires no more reminders and waits for those that are firing.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        ReminderTicks[] all;
        lock (_gate)
        {
            _isRunning = false;
            all = [.. _reminders.Values];
            _reminders.Clear();
        }

        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(all.Select(ticks => ticks.StopAsync())).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            grains.Log.StoppedEarly(all.Length);
        }

        await table.StopAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private void Schedule(ReminderEntry entry, DateTime first)
    {
        lock (_gate)
        {
            Forget_NeedsLock((entry.GrainId, entry.ReminderName));
            if (_isRunning)
            {
                var ticks = new ReminderTicks(grains, entry, _stopping.Token);
                _reminders.Add((entry.GrainId, entry.ReminderName), ticks);
                ticks.Start(first);
            }
        }
    }

    private void Forget((GrainId, string) key)
    {
        lock (_gate)
        {
            Forget_NeedsLock(key);
        }
    }

    private void Forget_NeedsLock((GrainId, string) key)
    {
        if (_reminders.Remove(key, out var old))
        {
            old.Cancel();
        }
    }

    private void Check(string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        var problems = new List<string>();
        if (dueTime < TimeSpan.Zero || dueTime > MaxPeriod)
        {
            problems.Add($"the due time {dueTime} is not between zero and {MaxPeriod}");
        }

        if (period < options.MinimumReminderPeriod || period > MaxPeriod)
        {
            problems.Add($"the period {period} is not between {options.MinimumReminderPeriod} and {MaxPeriod}");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException($"Reminder '{reminderName}' cannot be registered: {string.Join("; ", problems)}.");
        }
    }
}
