using Sympozium.Silo.Hosting;
using Sympozium.Testing.Postgres;
using Sympozium.TestSilo.Cluster;
using Xunit.Abstractions;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Calls of grains of every kind through a gateway's client while one of three silos ends: none waits for the time-out of calls, none is lost or done twice.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterCallTests(ITestOutputHelper output)
{
    /// <summary>The goal for grains, and one attempt that had begun before.</summary>
    private static readonly TimeSpan Goal = TimeSpan.FromSeconds(5) + new GrainClusterOptions().AttemptTimeout;

    /// <summary>A silo that hangs breaks no connection: only probes that get no answer find it out, later on a busy machine; still far from the 30 s of a call.</summary>
    private static readonly TimeSpan GoalOfHang = TimeSpan.FromSeconds(15);

    [Fact]
    public Task Calls_WhileASiloIsKilled_AreAnsweredInTime() => CallWhileAsync("is killed (-9)", Goal, silo => silo.KillAsync());

    [Fact]
    public Task Calls_WhileASiloHangs_AreAnsweredInTime() => CallWhileAsync("hangs", GoalOfHang, silo =>
    {
        silo.Halt();
        return Task.CompletedTask;
    });

    [Fact]
    public Task Calls_WhileASiloStopsInGoodOrder_AreAnsweredInTime() => CallWhileAsync("gets SIGTERM", Goal, async silo => Assert.Equal(0, await silo.StopAsync()));

    private async Task CallWhileAsync(string what, TimeSpan goal, Func<SiloProcess, Task> end)
    {
        SiloEnding ending = await SiloEnding.MeasureAsync(await TestDatabase.CreateAsync(), end);

        output.WriteLine($"A silo {what}: of {ending.Calls} calls the longest took {ending.Took.TotalSeconds:N2} s ({ending.Longest}).");
        Assert.Empty(ending.Failures);
        Assert.Empty(ending.Miscounted);
        Assert.True(ending.Took < goal, $"The {ending.Longest} took {ending.Took.TotalSeconds:N2} s.");
    }
}
