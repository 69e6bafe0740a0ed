using System.Diagnostics;
using Orleans;
using Orleans.Runtime;
using Sympozium.Testing;

namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class ChainTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Chain_OfGrains_AnswersThroughAll(int depth)
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.Equal(depth + 1, await cluster.Grain<IChainGrain>("root").DescendAsync(depth));
        Assert.Equal(depth + 1, await cluster.Grain<IChainGrain>("root").DescendAsync(depth));
    }

    [Fact]
    public async Task Circle_OfExclusiveCalls_EndsInATimeout_AndTheGrainsGoOn()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { ResponseTimeout = TimeSpan.FromMilliseconds(300) });

        await Assert.ThrowsAsync<TimeoutException>(() => cluster.Grain<IChainGrain>("a").CircleAsync("b"));

        // The inner call times out a little later than the outer one; until then the grains are busy.
        Assert.Equal("hello from a", await Eventually(() => cluster.Grain<IChainGrain>("a").HelloAsync()));
        Assert.Equal("hello from b", await Eventually(() => cluster.Grain<IChainGrain>("b").HelloAsync()));
    }

    [Fact]
    public async Task Circle_ThroughInterleavingMethod_Answers()
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.Equal("hello from a", await cluster.Grain<IChainGrain>("a").InterleavedCircleAsync("b"));
    }

    [Fact]
    public async Task Grain_PassedAsReference_IsCalledBack()
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.Equal("hello from caller", await cluster.Grain<IChainGrain>("caller").CallMeBackAsync());
    }

    [Fact]
    public async Task ResponseTimeout_OfMethod_IsShorterThanTheDefault()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await Assert.ThrowsAsync<TimeoutException>(() => cluster.Grain<IChainGrain>("slow").SlowAsync("never"));
        cluster.Probe.Open("never");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task RequestContext_FlowsDownTheChain_AndNotBack(int hops)
    {
        await using var cluster = await GrainCluster.StartAsync();
        RequestContext.Set("who", "me");
        await cluster.Grain<IChainGrain>("warm").HelloAsync();

        Assert.Equal("me", await cluster.Grain<IChainGrain>("warm").ContextAsync("who", null, hops));
        Assert.Equal(hops == 0 ? "me" : "changed", await cluster.Grain<IChainGrain>("warm").ContextAsync("who", "changed", hops));
        Assert.Equal("me", RequestContext.Get("who"));
        RequestContext.Clear();
        Assert.Null(await cluster.Grain<IChainGrain>("warm").ContextAsync("who", null, hops));
    }

    [Fact]
    public async Task Activity_OfTheCaller_IsCurrentAgainAfterTheCall()
    {
        await using var cluster = await GrainCluster.StartAsync();
        using var activity = new Activity("test").Start();

        await cluster.Grain<IChainGrain>("traced").DescendAsync(3);

        Assert.Same(activity, Activity.Current);
    }

    [Fact]
    public async Task References_ToOneGrain_AreEqualAndKnowIt()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var one = cluster.Grain<IChainGrain>("same");
        var two = cluster.Grain<IChainGrain>("same");

        Assert.Equal(one, two);
        Assert.NotEqual(one, cluster.Grain<IChainGrain>("other"));
        Assert.Equal("same", one.GetPrimaryKeyString());
        Assert.Equal(GrainId.Create("test.chain", "same"), one.GetGrainId());
        Assert.Equal("hello from same", await cluster.Grains.GetGrain<IChainGrain>(one.GetGrainId()).HelloAsync());
    }

    private static async Task<string> Eventually(Func<Task<string>> call)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (TimeoutException) when (!deadline.IsCancellationRequested)
            {
                // Each attempt waits for a response timeout.
            }
        }
    }
}
