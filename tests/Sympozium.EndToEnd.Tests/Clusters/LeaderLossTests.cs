using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>A leader that stands still in the middle of its work, for longer than its Lease, and then goes on.</summary>
public sealed class LeaderLossTests
{
    private const int Count = 20;

    /// <summary>Time enough for all runs to be taken up, and none to be ended, before the leader is halted.</summary>
    private static readonly Dictionary<string, string> Grace = new() { ["Sympozium__Runs__ReferenceGrace"] = "00:00:30" };

    [Fact]
    public async Task Leader_HaltedAmidItsRuns_WritesNothingWhenItWakesUpBesideItsSuccessor()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync("scenarios: [{ turns: [{ say: Hello. }] }]");
        await using RemoteCluster cluster = await SmallProfileTests.InstalledAsync(withNode: false);
        await using SiloProcess first = await SiloProcess.StartReadyAsync(cluster.Kubeconfig, environment: Grace);
        await using SiloProcess second = SiloProcess.Start(cluster.Kubeconfig, environment: Grace);
        await second.WaitForReadinessAsync(answer => answer.Contains("leads, this process waits", StringComparison.Ordinal));
        await using ClusterTeam team = await ClusterTeam.CreateAsync(cluster.Kubeconfig, model.OpenAiBaseUrl);

        // Runs of an instance that does not exist: their grains wait for it, each with a timer, and then end them.
        for (int number = 0; number < Count; number++)
        {
            await team.CreateAsync(
                SympoziumTypes.AgentRuns, $"run-{number}", new JsonObject { ["spec"] = new JsonObject { ["instanceRef"] = "nobody", ["task"] = "Wait." } });
        }

        await team.WaitForPhaseAsync($"run-{Count - 1}", RunPhase.Pending);
        first.Halt();
        IReadOnlyList<string> ended;
        try
        {
            await second.WaitForReadinessAsync(answer => answer == "ok");
            for (int number = 0; number < Count; number++)
            {
                Assert.Equal(RunPhase.Failed, (string?)(await team.WaitForEndAsync($"run-{number}"))["status"]!["phase"]);
            }

            ended = await VersionsAsync(team);
        }
        finally
        {
            first.Resume();
        }

        await first.WaitForReadinessAsync(answer => answer.Contains("leads, this process waits", StringComparison.Ordinal));

        Assert.Equal(ended, await VersionsAsync(team));
        Assert.Equal(Count, ended.Count);
        ResourceList events = await team.Client.ListAsync(CoreTypes.Events, team.Namespace, new ListOptions(), CancellationToken.None);
        Assert.All(
            events.Items.GroupBy(e => $"{e["involvedObject"]!["name"]} {e["reason"]}"), group => Assert.True(group.Count() == 1, $"{group.Key}: {group.Count()} Events"));
    }

    private static async Task<IReadOnlyList<string>> VersionsAsync(ClusterTeam team) =>
    [
        .. (await team.Client.ListAsync(SympoziumTypes.AgentRuns, team.Namespace, new ListOptions(), CancellationToken.None)).Items
            .Select(run => $"{run["metadata"]!["name"]} {run["metadata"]!["resourceVersion"]} {run["status"]!["completedAt"]}"),
    ];
}
