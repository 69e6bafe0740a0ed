using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>What a container can see, with bubblewrap and without.</summary>
public sealed class SandboxTests
{
    [Fact]
    public async Task Container_InSandbox_SeesNothingOfTheHost()
    {
        Environment.SetEnvironmentVariable("SYMPOZIUM_TEST_ONLY_HERE", "control-plane-value");
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("inside", $$"""
            {"restartPolicy":"Never","automountServiceAccountToken":false,"containers":[{"name":"main","image":"any","command":["sh","-c",
              "env; id -u; grep CapEff /proc/self/status; ls /root /home /var {{rig.DataDirectory}} 2>&1; ls /proc/self/fd; ls -d /proc/[0-9]*; touch /usr/x /x 2>&1; touch /tmp/x && echo tmp-ok"]}]}
            """);

        await rig.UntilPhaseAsync("inside", "Succeeded");
        string log = await rig.LogAsync("inside");
        Assert.DoesNotContain("control-plane-value", log, StringComparison.Ordinal);
        Assert.Contains("\n0\n", log, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", log, StringComparison.Ordinal);
        foreach (string hidden in new[] { "/root", "/home", "/var", rig.DataDirectory })
        {
            Assert.Contains($"'{hidden}': No such file", log, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("\n4\n", log, StringComparison.Ordinal);
        Assert.Contains("/usr/x': Read-only", log, StringComparison.Ordinal);
        Assert.Contains("'/x': Read-only", log, StringComparison.Ordinal);
        Assert.EndsWith("tmp-ok\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_EgressDenied_HasNoNetwork()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync(
            "offline",
            """{"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["sh","-c","tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; wc -l </proc/net/route"]}]}""",
            $$"""{"{{SympoziumNames.EgressLabel}}":"{{SympoziumNames.EgressDenied}}"}""");

        await rig.UntilPhaseAsync("offline", "Succeeded");
        Assert.Equal("lo\n1\n", await rig.LogAsync("offline"));
    }

    [Fact]
    public async Task Container_WithoutBubblewrap_RunsWithTranslatedPathsAndAWarning()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.Bubblewrap = "no-such-bwrap");

        await rig.CreatePodAsync("plain", """
            {"restartPolicy":"Never","volumes":[{"name":"ipc","emptyDir":{}}],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"ipc","mountPath":"/ipc"}],"env":[{"name":"FILE","value":"/ipc/out"}],
              "command":["sh","-c","echo here >$FILE; cat $SYMPOZIUM_IPC_ROOT/out $1; exit 4","sh","/ipc/out"]}]}
            """);

        JsonObject pod = await rig.UntilPhaseAsync("plain", "Failed");
        Assert.Equal(4, (int)PodRig.Terminated(pod)["exitCode"]!);
        Assert.Equal("here\nhere\n", await rig.LogAsync("plain"));
        JsonObject warning = await rig.UntilEventAsync("NotIsolated", "");
        Assert.Contains("'no-such-bwrap') is not installed", (string?)warning["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_PlainProcessDeleted_LeavesNoChildren()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.ForcePlainProcesses = true);
        await rig.CreatePodAsync("family", """
            {"restartPolicy":"Never","nodeName":"local","terminationGracePeriodSeconds":1,
             "containers":[{"name":"main","image":"any","command":["sh","-c","setsid sleep 1000 & sleep 1000"]}]}
            """);
        await rig.UntilPhaseAsync("family", "Running");

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "family", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, "family");
        await rig.NothingRunsAsync();
    }

    [Theory]
    [InlineData("/ipc", "/real/ipc")]
    [InlineData("/ipc/input/x", "/real/ipc/input/x")]
    [InlineData("/ipc/deep/x", "/real/deep/x")]
    [InlineData("unix:///ipc/a.sock", "unix:///real/ipc/a.sock")]
    [InlineData("/ipcs", "/ipcs")]
    [InlineData("see /ipc", "see /ipc")]
    public void Translate_MountPath_BecomesRealPath(string text, string expected) =>
        Assert.Equal(expected, PlainSandbox.Translate(text, [new("/real/ipc", "/ipc", false), new("/real/deep", "/ipc/deep", false)]));
}
