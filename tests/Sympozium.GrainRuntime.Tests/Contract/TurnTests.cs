namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class TurnTests
{
    [Fact]
    public async Task FirstCalls_ManyAtOnce_ReachOneActivation()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var calls = Enumerable.Range(0, 64).Select(_ => Task.Run(() => cluster.Grain<ITurnGrain>("one").InstanceAsync()));

        var instances = await Task.WhenAll(calls);

        Assert.Single(instances.Distinct());
        Assert.Equal(1, cluster.Probe.Count("activated one"));
    }

    [Fact]
    public async Task Calls_OfDifferentKeys_ReachDifferentActivations()
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.NotEqual(await cluster.Grain<ITurnGrain>("a").InstanceAsync(), await cluster.Grain<ITurnGrain>("b").InstanceAsync());
        Assert.NotEqual(await cluster.Grain<ITurnGrain>("a").InstanceAsync(), await cluster.Grain<IReentrantTurnGrain>("a").InstanceAsync());
    }

    [Fact]
    public async Task Calls_FromOneCaller_RunInOrder()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("order");

        // Which of the calls that wait for an activation is first is not promised.
        await grain.CollectAsync(-1);

        var calls = Enumerable.Range(0, 200).Select(grain.CollectAsync).ToList();

        await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(-1, 201), await calls[^1]);
    }

    [Fact]
    public async Task Call_WhileAnotherAwaits_StartsAfterItsEnd()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("exclusive");

        var first = grain.StepAsync("first", "gate");
        await cluster.Probe.SeenAsync("first starts");
        var second = grain.StepAsync("second");
        var third = grain.StepAsync("third");
        cluster.Probe.Open("gate");
        await Task.WhenAll(first, second, third);

        Assert.Equal(
            ["activated exclusive", "first starts", "first ends", "second starts", "second ends", "third starts", "third ends"],
            cluster.Probe.Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Turns_UnderParallelCallers_NeverOverlap(bool reentrant)
    {
        await using var cluster = await GrainCluster.StartAsync();
        ITurnGrain Grain() => reentrant ? cluster.Grain<IReentrantTurnGrain>("sum") : cluster.Grain<ITurnGrain>("sum");
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var call = 0; call < 200; call++)
            {
                await Grain().AddAsync(yields: (call + caller) % 3 != 0);
            }
        }));

        await Task.WhenAll(callers);

        Assert.Equal((8 * 200 * 5) + 5, await Grain().AddAsync(yields: false));
    }

    [Fact]
    public async Task ReentrantGrain_SecondCall_RunsWhileFirstAwaits()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IReentrantTurnGrain>("reentrant");

        var first = grain.StepAsync("first", "gate");
        await cluster.Probe.SeenAsync("first starts");
        await grain.StepAsync("second");
        cluster.Probe.Open("gate");
        await first;

        Assert.Equal(["activated reentrant", "first starts", "second starts", "second ends", "first ends"], cluster.Probe.Events);
    }

    [Fact]
    public async Task AlwaysInterleave_WhileCallAwaits_RunsAtOnce()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("interleave");

        var first = grain.StepAsync("first", "gate");
        await cluster.Probe.SeenAsync("first starts");
        var waiting = grain.StepAsync("waiting");
        await grain.InterleaveAsync("interleaved");
        Assert.Equal(0, cluster.Probe.Count("waiting starts"));
        cluster.Probe.Open("gate");
        await Task.WhenAll(first, waiting);

        Assert.Equal(1, cluster.Probe.Count("waiting ends"));
    }

    [Fact]
    public async Task ReadOnlyCalls_InterleaveWithEachOther_NotWithWrites()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("reads");

        var read = grain.ReadAsync("read", "gate");
        await cluster.Probe.SeenAsync("read starts");
        var write = grain.StepAsync("write", "write gate");
        await grain.ReadAsync("second read");
        Assert.Equal(0, cluster.Probe.Count("write starts"));

        cluster.Probe.Open("gate");
        await read;
        await cluster.Probe.SeenAsync("write starts");
        var late = grain.ReadAsync("late read");
        cluster.Probe.Open("write gate");
        await Task.WhenAll(write, late);

        var events = cluster.Probe.Events.ToList();
        Assert.True(events.IndexOf("late read starts") > events.IndexOf("write ends"));
    }

    [Fact]
    public async Task OneWayCall_ReturnsBeforeTheMethodEnds_AndHidesItsFailure()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("oneway");

        await grain.OneWayAsync("good", fails: false);
        await grain.OneWayAsync("bad", fails: true);
        Assert.Equal(0, cluster.Probe.Count("good ends"));
        cluster.Probe.Open("good");
        cluster.Probe.Open("bad");

        await cluster.Probe.SeenAsync("bad ends");
        await grain.StepAsync("after");
    }

    [Fact]
    public async Task WaitingCalls_WhenTheFirstEnds_AreAdmittedAsTheirKindsAllow()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ITurnGrain>("mixed");

        var write = grain.StepAsync("write", "gate");
        await cluster.Probe.SeenAsync("write starts");
        var reads = new[] { grain.ReadAsync("read 1", "reads"), grain.ReadAsync("read 2", "reads") };
        var last = grain.StepAsync("last");
        cluster.Probe.Open("gate");
        await write;
        await cluster.Probe.SeenAsync("read 1 starts");
        await cluster.Probe.SeenAsync("read 2 starts");
        Assert.Equal(0, cluster.Probe.Count("last starts"));
        cluster.Probe.Open("reads");

        await Task.WhenAll([.. reads, last]);
    }
}
