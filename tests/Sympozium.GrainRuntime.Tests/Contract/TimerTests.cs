using Sympozium.Testing;

namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class TimerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Timer_WithPeriod_FiresAgainAndAgain_AndNeverOverlapsItself()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("periodic");

        await grain.StartAsync("tick", TimeSpan.Zero, TimeSpan.FromMilliseconds(1), interleave: true);
        await cluster.Probe.SeenAsync("tick done", 20);

        Assert.False(await grain.OverlappedAsync());
    }

    [Fact]
    public async Task Timer_WithoutPeriod_FiresOnce_AndCanBeChangedToFireAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("once");
        await grain.StartAsync("once", Soon, Timeout.InfiniteTimeSpan);
        await grain.StartAsync("clock", Soon, Soon);
        await cluster.Probe.SeenAsync("once done");
        await cluster.Probe.SeenAsync("clock", cluster.Probe.Count("clock") + 5);
        Assert.Equal(1, cluster.Probe.Count("once"));

        await grain.ChangeAsync("once", Soon, Timeout.InfiniteTimeSpan);

        await cluster.Probe.SeenAsync("once done", 2);
    }

    [Fact]
    public async Task Timer_NotInterleaving_WaitsForTheCallUnderWay()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("polite");
        await grain.StartAsync("polite", TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan);
        await grain.StartAsync("rude", TimeSpan.FromMilliseconds(50), Soon, interleave: true);

        var call = grain.HoldAsync("gate");
        await cluster.Probe.SeenAsync("held");
        var ticksBefore = cluster.Probe.Count("polite");
        await cluster.Probe.SeenAsync("rude done", cluster.Probe.Count("rude done") + 8);
        Assert.Equal(ticksBefore, cluster.Probe.Count("polite"));
        cluster.Probe.Open("gate");
        await call;

        await cluster.Probe.SeenAsync("polite done");
    }

    [Fact]
    public async Task Call_DuringANonInterleavingTick_WaitsForItsEnd()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("long tick");
        await grain.StartAsync("tick", Soon, Timeout.InfiniteTimeSpan, gate: "gate");
        await cluster.Probe.SeenAsync("tick");

        var call = grain.HoldAsync("open");
        cluster.Probe.Open("open");
        await grain.OverlappedAsync();
        Assert.Equal(0, cluster.Probe.Count("held"));
        cluster.Probe.Open("gate");
        await call;

        var events = cluster.Probe.Events.ToList();
        Assert.True(events.IndexOf("tick done") < events.IndexOf("held"));
    }

    [Fact]
    public async Task Timer_WhoseCallbackFails_FiresAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await cluster.Grain<ITimerGrain>("failing").StartAsync("failing", Soon, Soon);

        await cluster.Probe.SeenAsync("failing", 3);
    }

    [Fact]
    public async Task Timer_Disposed_FiresNoMore()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("disposed");
        await grain.StartAsync("tick", Soon, Soon);
        await grain.StartAsync("clock", Soon, Soon);
        await cluster.Probe.SeenAsync("tick done", 2);

        await grain.StopAsync("tick");
        var ticks = cluster.Probe.Count("tick");
        await cluster.Probe.SeenAsync("clock", cluster.Probe.Count("clock") + 10);

        Assert.Equal(ticks, cluster.Probe.Count("tick"));
    }

    [Fact]
    public async Task Deactivation_DuringATick_WaitsForIt_AndNoTimerFiresInTheNextActivation()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITimerGrain>("ending");
        var before = await grain.InstanceAsync();
        await grain.StartAsync("tick", Soon, Soon, interleave: true, gate: "gate");
        await cluster.Probe.SeenAsync("tick");

        await grain.EndAsync();
        var next = grain.InstanceAsync();
        cluster.Probe.Open("gate");
        Assert.NotEqual(before, await next);
        Assert.Equal(1, cluster.Probe.Count("tick done"));
        await grain.StartAsync("clock", Soon, Soon);
        await cluster.Probe.SeenAsync("clock", 10);

        Assert.Equal(1, cluster.Probe.Count("tick"));
    }

    [Fact]
    public async Task Timer_WithKeepAlive_KeepsTheActivation_WithoutDoesNot()
    {
        await using var cluster = await GrainCluster.StartAsync(GrainCluster.Aging);
        var kept = cluster.Grain<ITimerGrain>("kept");
        var dropped = cluster.Grain<ITimerGrain>("dropped");
        await kept.StartAsync("alive", Soon, Soon, keepAlive: true);
        await dropped.StartAsync("ticking", Soon, Soon);
        var keptInstance = await kept.InstanceAsync();
        var droppedInstance = await dropped.InstanceAsync();

        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        while (cluster.Probe.Count("dropped ended") == 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await cluster.Probe.SeenAsync("alive done", cluster.Probe.Count("alive done") + 1);
            await cluster.PassCollectionQuantumAsync();
        }

        Assert.Equal(keptInstance, await kept.InstanceAsync());
        Assert.NotEqual(droppedInstance, await dropped.InstanceAsync());
    }
}
