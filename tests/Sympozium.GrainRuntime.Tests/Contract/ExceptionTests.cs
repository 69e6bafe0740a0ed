namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class ExceptionTests
{
    [Theory]
    [InlineData(true, "at once", 1)]
    [InlineData(false, "inner", 2)]
    public async Task Exception_OfAGrain_ReachesItsCaller_WithTypeDataAndStack(bool synchronously, string message, int code)
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("failing");

        for (var call = 0; call < 2; call++)
        {
            var failure = await Assert.ThrowsAsync<TestFailureException>(() => grain.FailAsync(synchronously));
            Assert.Equal(message, failure.Message);
            Assert.Equal(code, failure.Code);
            Assert.Contains(nameof(StreamGrain), failure.StackTrace, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ValueTasks_GiveTheirValuesAndExceptions()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("values");

        Assert.Equal(5, await grain.ValueAsync(5));
        await grain.NothingAsync();
        Assert.Equal("later", (await Assert.ThrowsAsync<TestFailureException>(async () => await grain.FailLaterAsync())).Message);
    }

    [Fact]
    public async Task Grain_AfterAnException_AnswersTheNextCall()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("again");
        await Assert.ThrowsAsync<TestFailureException>(() => grain.FailAsync(synchronously: false));

        Assert.Equal(1, await grain.ValueAsync(1));
    }
}
