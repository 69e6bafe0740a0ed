using Orleans;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>The ticks of one reminder, until it is removed, registered anew or the runtime stops.</summary>
internal sealed class ReminderTicks(LocalGrains grains, ReminderEntry entry, CancellationToken stopping)
{
    // A timer counts milliseconds in 32 bits; longer waits are made of several.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    private readonly CancellationTokenSource _cancelled = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private Task _loop = Task.CompletedTask;

    public void Start(DateTime first)
    {
        // The loop must not carry the request context and the activity of the call that registered the reminder.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(() => RunAsync(first), CancellationToken.None);
        }
    }

    /// <summary>No further tick begins.</summary>
    public void Cancel() => _cancelled.Cancel();

    public Task StopAsync()
    {
        Cancel();
        return _loop;
    }

    private async Task RunAsync(DateTime first)
    {
        var next = first;
        try
        {
            while (true)
            {
                await WaitUntilAsync(next, _cancelled.Token);
                var now = grains.Time.GetUtcNow().UtcDateTime;
                await FireAsync(now);

                // From before the call: a tick that came due while the grain was busy with this one follows at once.
                next = ReminderSchedule.After(entry, now);
            }
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            // Removed, registered anew, or the runtime stops.
        }
    }

    private async Task WaitUntilAsync(DateTime due, CancellationToken cancellationToken)
    {
        while (due - grains.Time.GetUtcNow().UtcDateTime is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < LongestWait ? left : LongestWait, grains.Time, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task FireAsync(DateTime now)
    {
        try
        {
            await grains.GetGrain<IRemindable>(entry.GrainId)
                .ReceiveReminder(entry.ReminderName, new TickStatus(entry.StartAt, entry.Period, now));
        }
        catch (Exception exception)
        {
            grains.Log.ReminderFailed(exception, entry.ReminderName, entry.GrainId);
        }
    }
}
