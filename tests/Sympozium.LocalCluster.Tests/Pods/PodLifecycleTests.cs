using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>What becomes of pods, shown with real processes.</summary>
public sealed class PodLifecycleTests
{
    [Fact]
    public async Task Pod_MainEndsWithZero_Succeeds()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("hello", """{"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["echo","hello"]}]}""");

        JsonObject pod = await rig.UntilPhaseAsync("hello", "Succeeded");
        JsonNode terminated = pod["status"]!["containerStatuses"]![0]!["state"]!["terminated"]!;
        Assert.Equal(0, (int)terminated["exitCode"]!);
        Assert.Equal("Completed", (string?)terminated["reason"]);
        Assert.Equal("hello\n", await rig.LogAsync("hello"));
    }
}
