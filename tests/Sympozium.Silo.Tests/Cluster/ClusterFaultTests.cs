using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Testing;
using Sympozium.TestSilo.Cluster;
using Xunit.Abstractions;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Everything that the cluster profile stands on is stopped and started in turn while runs go through. The verb <c>cluster-faults</c> of the benchmarks writes the figures into docs/benchmarks.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterFaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Runs_WhileEachPartStopsAndStarts_AreDoneOnce()
    {
        PartFaultsOutcome outcome = await PartFaults.RunAsync();

        foreach (PartFault fault in outcome.Faults)
        {
            output.WriteLine(fault.ToString());
        }

        Assert.Equal(6, outcome.Faults.Count);
        Assert.Equal(PartFaults.Runs + PartFaults.Chats, outcome.Ended);
        Assert.Equal(PartFaults.Chats, outcome.ChatRuns);
        Assert.All(outcome.Answers, answer => Assert.Equal("Hello.", answer));
        Assert.Empty(outcome.WithTwoJobs);
        Assert.Empty(outcome.EndedTwice);
        Assert.Empty(outcome.NotSucceeded);
    }

    [RootFact]
    public async Task Runs_WhileTheDiskUnderNatsIsFull_AreDoneOnceWhenThereIsRoomAgain()
    {
        using var disk = new SmallDisk();
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync(natsStore: disk.Path);
        await using ControlPlanePart silo = installation.StartSilo();
        await silo.ReadyAsync();
        await using SimulatedPods pods = installation.SimulatePods();
        await pods.CreateRunsAsync(20, atOnce: 8, _ => Task.CompletedTask);
        await pods.AllEndedAsync(Patience);

        disk.Fill();
        await pods.CreateRunsAsync(100, atOnce: 8, _ => Task.CompletedTask);
        await UntilRefusedAsync(installation);
        disk.Free();

        // A server that found its disk full has switched JetStream off until it is started again, and version 2.9 does not end on SIGTERM then.
        await installation.Nats.KillAsync();
        await installation.Nats.StartAgainAsync();
        long start = TimeProvider.System.GetTimestamp();
        await pods.AllEndedAsync(Patience);

        Tell("room on NATS' disk, and its restart, all 100 runs are done", start);
        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        Assert.False(silo.HasExited);
    }

    /// <summary>Publishes until the bus says that it cannot store.</summary>
    private static async Task UntilRefusedAsync(ClusterInstallation installation)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            try
            {
                await installation.Bus.PublishAsync(
                    new BusEvent
                    {
                        Topic = Topics.StreamChunk,
                        Timestamp = TimeProvider.System.GetUtcNow(),
                        Metadata = new BusEventMetadata { AgentRunId = "filler", Namespace = SimulatedPods.Namespace },
                        Data = new string('x', 100_000),
                    },
                    deadline.Token);
            }
            catch (SympoziumUnavailableException)
            {
                return;
            }
        }
    }

    private void Tell(string what, long start) => output.WriteLine($"After {what}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:N2} s.");
}
