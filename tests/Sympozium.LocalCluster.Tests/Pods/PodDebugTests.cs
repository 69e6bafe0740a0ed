using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Containers that are added to a running pod, and clients at the input of one.</summary>
public sealed class PodDebugTests
{
    private const string Sleeper = """{"restartPolicy":"Never","terminationGracePeriodSeconds":0,"containers":[{"name":"main","image":"any","command":["sleep","1000"]}]}""";

    [Fact]
    public async Task Debug_AddsAContainerThatRunsOnceBesideTheOthers()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("p", Sleeper);
        await rig.UntilPhaseAsync("p", "Running");

        KubectlResult debug = await rig.Kubectl.RunAsync("debug", "p", "--image=busybox:local", "--container=dbg", "--profile=general", "--", "sh", "-c", "echo seen; exit 3");
        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "p", p => p["status"]?["ephemeralContainerStatuses"]?[0]?["state"]?["terminated"] is not null);
        string log = await rig.ReadLogAsync("p", new LogOptions { Container = "dbg" });

        Assert.True(debug.ExitCode == 0, debug.Errors);
        Assert.Equal("Running", (string?)pod["status"]!["phase"]);
        Assert.Equal(3, (int?)pod["status"]!["ephemeralContainerStatuses"]![0]!["state"]!["terminated"]!["exitCode"]);
        Assert.Equal("seen\n", log);
        await rig.UntilEventAsync("Started", "Container started");
    }

    [Fact]
    public async Task Debug_ContainersThatAreThere_StayAsTheyAre()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("p", Sleeper);
        using ApiCaller api = new(rig.Cluster);
        const string Path = "/api/v1/namespaces/default/pods/p/ephemeralcontainers";

        ApiAnswer wrong = await api.CallAsync("PATCH", Path, """{"spec":{"ephemeralContainers":[{"name":"main","image":"x"},{"name":"e","targetContainerName":"zz","image":"x","ports":[{"containerPort":1}]}]}}""");
        ApiAnswer added = await api.CallAsync("PATCH", Path, """{"spec":{"ephemeralContainers":[{"name":"e","image":"busybox"}]},"metadata":{"labels":{"not":"this"}}}""");
        ApiAnswer removed = await api.CallAsync("PATCH", Path, """{"spec":{"ephemeralContainers":null}}""");
        ApiAnswer direct = await api.CallAsync("PATCH", "/api/v1/namespaces/default/pods/p", """{"spec":{"ephemeralContainers":[{"name":"f","image":"busybox"}]}}""");

        Assert.Equal(
            "Pod \"p\" is invalid: [spec.ephemeralContainers[0].name: Duplicate value: \"main\", spec.ephemeralContainers[1].targetContainerName: Not found: \"zz\", "
            + "spec.ephemeralContainers[1].ports: Forbidden: cannot be set for an Ephemeral Container]",
            wrong.Message);
        Assert.Equal(200, added.Code);
        Assert.Null(added.Json["metadata"]!["labels"]);
        Assert.Equal("Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be removed\n", removed.Message);
        Assert.Contains("pod updates may not change fields other than", direct.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attach_WithInput_ReachesTheProcessUntilItIsClosed()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("echo", """{"restartPolicy":"Never","containers":[{"name":"main","image":"any","stdin":true,"stdinOnce":true,"command":["cat"]}]}""");
        await rig.UntilPhaseAsync("echo", "Running");

        KubectlResult attached = await rig.Kubectl.RunAsync("hello\nthere\n", ["attach", "-i", "echo"]);
        await rig.UntilPhaseAsync("echo", "Succeeded");

        Assert.Equal((0, "hello\nthere\n"), (attached.ExitCode, attached.Output));
        Assert.Equal("hello\nthere\n", await rig.LogAsync("echo"));
    }
}
