using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Nodes;

/// <summary>What the stored Node says holds for the scheduler.</summary>
public sealed class CordonTests
{
    private const string Spec = """{"restartPolicy":"Never","containers":[{"name":"c","image":"x","command":["true"]}]}""";

    [Fact]
    public async Task Cordon_KeepsPodsAwayUntilItIsTakenBack()
    {
        await using PodRig rig = await StartAsync();

        await CordonAsync(rig);
        await rig.CreatePodAsync("kept", Spec);
        await rig.UntilEventAsync("FailedScheduling", "0/1 nodes are available: 1 node(s) were unschedulable.");
        _ = (await rig.Kubectl.RunAsync("uncordon", "local")).Success;

        await rig.UntilPhaseAsync("kept", "Succeeded");
    }

    [Fact]
    public async Task Taint_KeepsPodsAwayThatDoNotTolerateIt()
    {
        await using PodRig rig = await StartAsync();
        _ = (await rig.Kubectl.RunAsync("taint", "node", "local", "only=some:NoSchedule")).Success;

        // What came before the cordon is known to the scheduler when it knows of the cordon.
        await CordonAsync(rig);
        await rig.CreatePodAsync("kept", Spec);
        _ = (await rig.Kubectl.RunAsync("uncordon", "local")).Success;
        await rig.UntilEventAsync("FailedScheduling", "0/1 nodes are available: 1 node(s) had untolerated taint(s).");

        await rig.CreatePodAsync("tolerant", Spec.Replace("{\"restart", "{\"tolerations\":[{\"key\":\"only\",\"operator\":\"Exists\"}],\"restart", StringComparison.Ordinal));
        await rig.UntilPhaseAsync("tolerant", "Succeeded");
        _ = (await rig.Kubectl.RunAsync("taint", "node", "local", "only-")).Success;

        await rig.UntilPhaseAsync("kept", "Succeeded");
    }

    [Fact]
    public async Task Label_OfTheNode_IsWhatSelectorsSee()
    {
        await using PodRig rig = await StartAsync();
        await rig.CreatePodAsync("ssd", Spec.Replace("{\"restart", "{\"nodeSelector\":{\"disk\":\"ssd\"},\"restart", StringComparison.Ordinal));
        await rig.UntilEventAsync("FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");

        _ = (await rig.Kubectl.RunAsync("label", "node", "local", "disk=ssd")).Success;

        await rig.UntilPhaseAsync("ssd", "Succeeded");
    }

    /// <summary>Cordons the node and waits until the controllers, and with them the scheduler, have seen it.</summary>
    private static async Task CordonAsync(PodRig rig)
    {
        _ = (await rig.Kubectl.RunAsync("cordon", "local")).Success;
        using CancellationTokenSource timeout = new(TestTimeouts.WithProcesses);
        while (!await IsTaintedAsync(rig))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }

    private static async Task<bool> IsTaintedAsync(PodRig rig) =>
        (await rig.Client.GetAsync(CoreTypes.Nodes, null, "local", default))!["spec"]!["taints"] is JsonArray taints
        && taints.Any(taint => (string?)taint!["key"] == "node.kubernetes.io/unschedulable");

    /// <summary>A cluster whose node is there.</summary>
    private static async Task<PodRig> StartAsync()
    {
        PodRig rig = await PodRig.StartAsync();
        _ = (await rig.Kubectl.RunAsync("wait", "--for=create", "node/local", "--timeout=150s")).Success;
        return rig;
    }
}
