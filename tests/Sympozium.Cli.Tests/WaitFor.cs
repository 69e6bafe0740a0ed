using Sympozium.Testing;

namespace Sympozium.Cli.Tests;

/// <summary>Waits for a condition with a limit; says what was waited for.</summary>
internal static class WaitFor
{
    private static readonly TimeSpan Limit = TestTimeouts.WithProcesses;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, $"Waited {Limit.TotalSeconds} s for {what}.");
            await Task.Delay(Period, TimeProvider.System);
        }
    }
}
