using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class LifeTests
{
    [Fact]
    public async Task DeactivateOnIdle_EndsTheActivation_AndTheNextCallMakesANewOne()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ILifeGrain>("ending");
        var before = await grain.InstanceAsync();

        await grain.EndAsync();
        var after = await grain.InstanceAsync();

        Assert.NotEqual(before, after);
        Assert.Equal(["activated", "ends: ApplicationRequested", "ended"], cluster.Probe.Events.Take(3));
        Assert.Equal(2, cluster.Probe.Count("activated"));
    }

    [Fact]
    public async Task DeactivateOnIdle_DuringACall_LetsTheCallFinish_AndLaterCallsGoToTheNextActivation()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ILifeGrain>("busy");
        var before = await grain.InstanceAsync();

        var ending = grain.EndAsync("gate");
        await cluster.Probe.SeenAsync("asked to end");
        var later = grain.InstanceAsync();
        cluster.Probe.Open("gate");
        await ending;

        Assert.NotEqual(before, await later);
        var events = cluster.Probe.Events.ToList();
        Assert.True(events.IndexOf("call ends") < events.IndexOf("ends: ApplicationRequested"));
        Assert.True(events.IndexOf("ended") < events.LastIndexOf("activated"));
    }

    [Fact]
    public async Task IdleActivation_AfterItsAge_IsCollected_AndComesBack()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { CollectionAge = TimeSpan.FromMilliseconds(200) });
        var grain = cluster.Grain<ILifeGrain>("idle");
        var before = await grain.InstanceAsync();

        await cluster.Probe.SeenAsync("ends: ActivationIdle");

        Assert.NotEqual(before, await grain.InstanceAsync());
    }

    [Fact]
    public async Task IdleActivation_OfKeepAliveClass_OrWithDelay_OrInACall_Stays()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { CollectionAge = TimeSpan.FromMilliseconds(100) });
        var kept = await cluster.Grain<IKeptGrain>("kept").InstanceAsync();
        var delayed = cluster.Grain<ILifeGrain>("delayed");
        await delayed.DelayAsync(TimeSpan.FromHours(1));
        var delayedInstance = await delayed.InstanceAsync();
        var busy = cluster.Grain<ILifeGrain>("busy");
        var call = busy.WaitAsync("gate");
        await cluster.Probe.SeenAsync("waits for gate");

        for (var generation = 1; generation <= 3; generation++)
        {
            // Each time an ordinary activation has been collected, the collector has looked at the others, too.
            await cluster.Grain<ILifeGrain>("ordinary").InstanceAsync();
            await cluster.Probe.SeenAsync("ends: ActivationIdle", generation);
        }

        // Waits behind the call, so that there is no idle moment between them: an activation about to end would leave it to the next one.
        var next = busy.InstanceAsync();
        cluster.Probe.Open("gate");
        Assert.Equal(await call, await next);
        Assert.Equal(kept, await cluster.Grain<IKeptGrain>("kept").InstanceAsync());
        Assert.Equal(delayedInstance, await delayed.InstanceAsync());
    }

    [Fact]
    public async Task FailedStart_ReachesTheCallersThatWait_AndTheNextCallTriesAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IFailingGrain>("failing");

        var calls = Enumerable.Range(0, 5).Select(_ => grain.HelloAsync()).ToList();
        await cluster.Probe.SeenAsync("starting");
        cluster.Probe.Open("start");

        // A call that is still on its way when the start fails is the next one.
        string[] answers = await Task.WhenAll(calls.Select(AnswerAsync));
        Assert.Contains("no start today", answers);
        Assert.All(answers, answer => Assert.Contains(answer, (string[])["no start today", "hello"]));
        Assert.Equal("hello", await grain.HelloAsync());
        Assert.Equal(2, cluster.Probe.Count("starting"));
    }

    private static async Task<string> AnswerAsync(Task<string> call)
    {
        try
        {
            return await call;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    [Fact]
    public async Task FailedConstructor_ReachesTheCaller_AndTheNextCallTriesAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IFailingGrain>("constructor");
        cluster.Probe.Open("start");

        Assert.StartsWith("Failed to create an instance of grain type ", (await Assert.ThrowsAsync<InvalidOperationException>(grain.HelloAsync)).Message, StringComparison.Ordinal);
        Assert.Equal("hello", await grain.HelloAsync());
    }

    [Fact]
    public async Task Grain_ThatEndsItselfWhileStarting_ServesNobody_AndItsCallersAreTold()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => cluster.Grain<IRestlessGrain>("restless").HelloAsync());

        // What never served has nothing to end.
        Assert.Equal(0, cluster.Probe.Count("restless ended"));
    }

    [Fact]
    public async Task ScopedServices_BelongToOneActivation_AndAreDisposedOfWithIt()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ILifeGrain>("scoped");

        Assert.True(await grain.HasOwnScopeAsync());
        Assert.NotEqual(await grain.ScopedIdAsync(), await cluster.Grain<ILifeGrain>("other").ScopedIdAsync());
        await grain.EndAsync();

        await cluster.Probe.SeenAsync("scoped disposed");
    }

    [Fact]
    public async Task Stop_EndsAllActivations_AfterTheirCalls()
    {
        await using var cluster = await GrainCluster.StartAsync();
        for (var number = 0; number < 50; number++)
        {
            await cluster.Grain<ILifeGrain>($"grain {number}").InstanceAsync();
        }

        var call = cluster.Grain<ILifeGrain>("grain 7").WaitAsync("gate");
        await cluster.Probe.SeenAsync("waits for gate");
        var stop = cluster.StopAsync();
        await cluster.Probe.SeenAsync("ended", 49);
        cluster.Probe.Open("gate");
        await call;
        await stop;

        Assert.Equal(50, cluster.Probe.Count("ends: ShuttingDown"));
        Assert.Equal(50, cluster.Probe.Count("ended"));
    }

    [Fact]
    public async Task Stop_StartsNoGrains_AlsoForThoseThatEnd()
    {
        await using var cluster = await GrainCluster.StartAsync();
        await cluster.Grain<ILastWordGrain>("speaker").StartAsync();

        await cluster.StopAsync();

        Assert.Equal(1, cluster.Probe.Count("speaker ends"));
        Assert.Equal(0, cluster.Probe.Count("last word of speaker"));
    }

    [Fact]
    public async Task Call_AfterStop_IsRefused()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<ILifeGrain>("late");
        await grain.InstanceAsync();
        await cluster.StopAsync();

        await Assert.ThrowsAsync<SiloUnavailableException>(grain.InstanceAsync);
    }
}
