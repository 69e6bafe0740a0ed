using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class StreamTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(1000, false)]
    [InlineData(1000, true)]
    public async Task Enumeration_GivesAllItemsInOrder(int count, bool yields)
    {
        await using var cluster = await GrainCluster.StartAsync();

        var items = await cluster.Grain<IStreamGrain>("count").CountAsync(count, yields).ToListAsync();

        Assert.Equal(Enumerable.Range(0, count), items);
        await cluster.Probe.SeenAsync("counted");
    }

    [Fact]
    public async Task Enumeration_InSmallBatches_GivesAllItems()
    {
        await using var cluster = await GrainCluster.StartAsync();

        Assert.Equal(Enumerable.Range(0, 10), await cluster.Grain<IStreamGrain>("count").CountAsync(10).WithBatchSize(3).ToListAsync());
    }

    [Fact]
    public async Task Enumeration_WaitingForItems_LetsCallsThrough_AndGetsEachAtOnce()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("follow");
        await using var items = grain.FollowAsync("reader").GetAsyncEnumerator();

        foreach (var text in new[] { "a", "b", "c" })
        {
            var next = items.MoveNextAsync();
            await grain.EmitAsync(text);
            Assert.True(await next);
            Assert.Equal(text, items.Current);
        }
    }

    [Fact]
    public async Task Enumeration_ByTwoReaders_GivesEachAllItems()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("follow");
        var readers = Enumerable.Range(0, 2).Select(_ => grain.FollowAsync("reader").Take(100).ToListAsync().AsTask()).ToList();

        for (var number = 0; number < 100; number++)
        {
            await grain.EmitAsync($"{number}");
        }

        foreach (var reader in readers)
        {
            Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}"), await reader);
        }
    }

    [Fact]
    public async Task Enumeration_LeftEarly_RunsTheGrainsFinally()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("left");
        await grain.EmitAsync("only");

        await foreach (var _ in grain.FollowAsync("reader"))
        {
            break;
        }

        await cluster.Probe.SeenAsync("reader ended");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Enumeration_Cancelled_ThrowsAtTheReader_AndEndsInTheGrain(bool byArgument)
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("cancelled");
        using var cancellation = new CancellationTokenSource();
        var reading = byArgument
            ? grain.FollowAsync("reader", cancellation.Token).ToListAsync().AsTask()
            : grain.FollowAsync("reader").ToListAsync(cancellation.Token).AsTask();
        await cluster.Probe.SeenAsync("reader follows");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await cluster.Probe.SeenAsync("reader ended");
    }

    [Fact]
    public async Task Enumeration_ThatFails_GivesItemsFirst_ThenTheException()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var items = new List<int>();

        var failure = await Assert.ThrowsAsync<TestFailureException>(async () =>
        {
            await foreach (var item in cluster.Grain<IStreamGrain>("broken").BreakAfterAsync(3))
            {
                items.Add(item);
            }
        });

        Assert.Equal([0, 1, 2], items);
        Assert.Equal("broken", failure.Message);
    }

    [Fact]
    public async Task Enumeration_WhoseGrainEnds_IsAborted()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("ending");
        var reading = grain.FollowAsync("reader").ToListAsync().AsTask();
        await cluster.Probe.SeenAsync("reader follows");

        await grain.EndAsync();

        await Assert.ThrowsAsync<EnumerationAbortedException>(() => reading);
        await cluster.Probe.SeenAsync("reader ended");
    }
}
