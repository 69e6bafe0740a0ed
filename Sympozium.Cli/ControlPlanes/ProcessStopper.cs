namespace Sympozium.Cli.ControlPlanes;

/// <summary>Ends a verified process: SIGTERM, a bounded wait, and SIGKILL only when asked for.</summary>
internal static class ProcessStopper
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    /// <summary>True when the process is gone; false when it still runs after the time given.</summary>
    public static async Task<bool> StopAsync(int pid, TimeSpan timeout, bool force, TimeProvider time, CancellationToken cancellationToken)
    {
        // The start time guards the wait against a pid that is given to another process meanwhile.
        if (ProcessIdentity.StartTime(pid) is not { } started)
        {
            return true;
        }
        ProcessIdentity.Signal(pid, kill: false);
        if (await WaitAsync(pid, started, timeout, time, cancellationToken))
        {
            return true;
        }
        if (!force)
        {
            return false;
        }
        ProcessIdentity.Signal(pid, kill: true);
        return await WaitAsync(pid, started, KillTimeout, time, cancellationToken);
    }

    private static async Task<bool> WaitAsync(int pid, DateTimeOffset started, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        long begin = time.GetTimestamp();
        while (ProcessIdentity.StartTime(pid) == started)
        {
            if (time.GetElapsedTime(begin) > timeout)
            {
                return false;
            }
            await Task.Delay(PollPeriod, time, cancellationToken);
        }
        return true;
    }
}
