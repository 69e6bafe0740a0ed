using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class StateTests
{
    [Fact]
    public async Task State_Written_IsThereInTheNextActivation()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("kept");
        Assert.False(await grain.ExistsAsync());
        await grain.WriteAsync("text");
        var before = await grain.InstanceAsync();

        await grain.EndAsync();

        Assert.Equal("text", await grain.ReadAsync());
        Assert.True(await grain.ExistsAsync());
        Assert.NotNull(await grain.ETagAsync());
        Assert.NotEqual(before, await grain.InstanceAsync());
    }

    [Fact]
    public async Task State_Written_IsThereAfterARestart()
    {
        await using var cluster = await GrainCluster.StartAsync();
        await cluster.Grain<IStoringGrain>("kept").WriteAsync("text");

        await cluster.RestartAsync();

        Assert.Equal("text", await cluster.Grain<IStoringGrain>("kept").ReadAsync());
        Assert.Null(await cluster.Grain<IStoringGrain>("other").ReadAsync());
    }

    [Fact]
    public async Task State_EachWrite_ChangesTheETag()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("etag");
        await grain.WriteAsync("one");
        var first = await grain.ETagAsync();

        await grain.WriteAsync("two");

        Assert.NotEqual(first, await grain.ETagAsync());
    }

    [Fact]
    public async Task State_Cleared_IsGone_AndCanBeWrittenAgain()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("cleared");
        await grain.WriteAsync("text");

        await grain.ClearAsync();
        Assert.False(await grain.ExistsAsync());
        Assert.Null(await grain.ReadAsync());
        await grain.WriteAsync("again");
        await grain.EndAsync();

        Assert.Equal("again", await grain.ReadAsync());
    }

    [Fact]
    public async Task Write_AgainstANewerETag_IsRefused_AndTheActivationIsRebuilt()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("conflict");
        await grain.WriteAsync("mine");
        var before = await grain.InstanceAsync();
        await WriteBehindItsBackAsync(cluster, grain.GetGrainId(), "theirs");

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.WriteAsync("mine again"));

        Assert.NotEqual(conflict.CurrentEtag, conflict.StoredEtag);
        Assert.Equal("theirs", await grain.ReadAsync());
        Assert.NotEqual(before, await grain.InstanceAsync());
        await grain.WriteAsync("resolved");
    }

    [Fact]
    public async Task Conflict_InACalledGrain_DoesNotEndItsCaller()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("conflict");
        var caller = cluster.Grain<IStoringCallerGrain>("caller");
        await caller.WriteAsync("conflict", "mine");
        var before = await caller.InstanceAsync();
        await WriteBehindItsBackAsync(cluster, grain.GetGrainId(), "theirs");

        await Assert.ThrowsAsync<InconsistentStateException>(() => caller.WriteAsync("conflict", "mine again"));

        Assert.Equal(before, await caller.InstanceAsync());
    }

    [Fact]
    public async Task Reload_AfterAForeignWrite_GivesWhatIsStored()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStoringGrain>("reload");
        await grain.WriteAsync("mine");
        await WriteBehindItsBackAsync(cluster, grain.GetGrainId(), "theirs");

        await grain.ReloadAsync();

        Assert.Equal("theirs", await grain.ReadAsync());
        await grain.WriteAsync("mine after reading");
    }

    private static async Task WriteBehindItsBackAsync(GrainCluster cluster, GrainId grainId, string text)
    {
        var state = new GrainState<TestState>();
        await cluster.Storage.ReadStateAsync("text", grainId, state);
        state.State = new TestState { Text = text };
        await cluster.Storage.WriteStateAsync("text", grainId, state);
    }
}
