namespace Sympozium.Runner.Tests.Pods;

/// <summary>How long tests wait for something that must happen.</summary>
internal static class TestTimes
{
    /// <summary>Nothing takes longer, on a loaded machine either.</summary>
    public static readonly TimeSpan Limit = Testing.TestTimeouts.WithProcesses;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for a condition.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> describe)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException(describe());
            }

            await Task.Delay(Step, TimeProvider.System);
        }
    }
}
