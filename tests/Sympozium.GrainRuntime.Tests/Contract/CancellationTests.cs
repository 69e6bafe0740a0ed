namespace Sympozium.GrainRuntime.Tests.Contract;

public sealed class CancellationTests
{
    [Fact]
    public async Task Cancellation_OfARunningCall_ReachesTheGrain()
    {
        await using var cluster = await GrainCluster.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = cluster.Grain<IStreamGrain>("running").WaitAsync("call", cancellation.Token);
        await cluster.Probe.SeenAsync("call runs");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cluster.Probe.SeenAsync("call saw it");
    }

    [Fact]
    public async Task Cancellation_BeforeTheCall_KeepsItFromRunning()
    {
        await using var cluster = await GrainCluster.StartAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => cluster.Grain<IStreamGrain>("before").WaitAsync("call", new CancellationToken(canceled: true)));

        Assert.Equal(0, cluster.Probe.Count("call runs"));
    }

    [Fact]
    public async Task Cancellation_OfAWaitingCall_KeepsItFromRunningOrReachesIt()
    {
        await using var cluster = await GrainCluster.StartAsync();
        var grain = cluster.Grain<IStreamGrain>("waiting");
        using var cancellation = new CancellationTokenSource();
        var holding = grain.HoldAsync("gate");
        await cluster.Probe.SeenAsync("held");
        var call = grain.WaitAsync("call", cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        cluster.Probe.Open("gate");
        await holding;

        Assert.Equal(7, await grain.ValueAsync(7));

        // The caller waits for no answer to its cancellation, which may come to the grain after the gate has opened.
        Assert.Equal(cluster.Probe.Count("call runs"), cluster.Probe.Count("call saw it"));
    }

    [Fact]
    public async Task Timeout_OfARunningCall_CancelsItsToken()
    {
        await using var cluster = await GrainCluster.StartAsync(new GrainClusterOptions { ResponseTimeout = TimeSpan.FromMilliseconds(200) });

        // On a busy machine the time may be over before the call runs; then it never does.
        do
        {
            await Assert.ThrowsAsync<TimeoutException>(() => cluster.Grain<IStreamGrain>("late").WaitAsync("call", CancellationToken.None));
        }
        while (cluster.Probe.Count("call runs") == 0);

        await cluster.Probe.SeenAsync("call saw it");
    }
}
