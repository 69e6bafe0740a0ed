using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Tests.Pods;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Deployments;

/// <summary>A rollout goes on where a killed control plane left it.</summary>
public sealed class KilledRolloutTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public void Dispose()
    {
        foreach (int pid in PodRig.ProcessesOf(_data.Path))
        {
            _ = Native.Kill(pid, Native.SigKill);
        }

        _data.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task Return_AfterAKillInMidRollout_EndsWithExactlyTheWantedPods(int changes)
    {
        await KillAfterAsync(changes);

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);
        await RollingCluster.UntilRolledOutAsync(rig, "second");

        IReadOnlyList<JsonObject> pods = await rig.UntilPodsAsync(found => found.Count == RollingCluster.Replicas);
        Assert.All(pods, pod => Assert.Equal("second", (string?)pod["metadata"]!["labels"]!["version"]));
        IReadOnlyList<JsonObject> sets = (await rig.Client.ListAsync(CoreTypes.ReplicaSets, "default", ListOptions.All, default)).Items;
        Assert.Equal([0, RollingCluster.Replicas], sets.Select(set => (int)set["spec"]!["replicas"]!).Order());
        Assert.Equal(["1", "2"], sets.Select(set => (string?)set["metadata"]!["annotations"]!["deployment.kubernetes.io/revision"]).Order(StringComparer.Ordinal));
    }

    private async Task KillAfterAsync(int changes)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            ArgumentList = { "exec", typeof(KilledRolloutTests).Assembly.Location, "roll-until-killed", _data.Path },
            RedirectStandardOutput = true,
        };
        using Process controlPlane = Process.Start(start)!;
        using CancellationTokenSource timeout = new(TestTimeouts.WithProcesses);
        while (changes > 0 && await controlPlane.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            changes -= line.StartsWith("changed", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.Equal(0, changes);
        controlPlane.Kill();
        await controlPlane.WaitForExitAsync(timeout.Token);
    }
}
