using Sympozium.LocalCluster.Pods;
using Sympozium.LocalCluster.Pods.Lifecycle;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>The waits before restarts.</summary>
public sealed class RestartBackoffTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    [Fact]
    public void Waits_CrashAfterCrash_DoubleFromTenSecondsToFiveMinutes()
    {
        var options = new LocalPodOptions();
        RestartBackoff backoff = default;
        DateTimeOffset now = Start;
        var waits = new List<int>();
        for (int i = 0; i < 8; i++)
        {
            (TimeSpan wait, backoff) = backoff.After(now, options);
            waits.Add((int)wait.TotalSeconds);
            now += wait + TimeSpan.FromSeconds(1);
        }

        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], waits);
    }

    [Fact]
    public void Waits_TenQuietMinutes_AreForgotten()
    {
        var options = new LocalPodOptions();
        (_, RestartBackoff backoff) = default(RestartBackoff).After(Start, options);
        (TimeSpan second, backoff) = backoff.After(Start.AddSeconds(1), options);

        (TimeSpan soon, _) = backoff.After(Start.AddMinutes(10), options);
        (TimeSpan late, RestartBackoff next) = backoff.After(Start.AddMinutes(11), options);

        Assert.Equal(TimeSpan.FromSeconds(10), second);
        Assert.Equal(TimeSpan.FromSeconds(20), soon);
        Assert.Equal(TimeSpan.Zero, late);
        Assert.Equal(TimeSpan.FromSeconds(10), next.Wait);
    }
}
