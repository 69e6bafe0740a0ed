using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>What a pod's status, its Events and its scheduling say.</summary>
public sealed class PodStatusTests
{
    [Fact]
    public async Task Events_OrdinaryPod_TellItsWay()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("p", """{"restartPolicy":"Never","containers":[{"name":"c","image":"busybox:local","command":["true"]}]}""");
        await rig.UntilPhaseAsync("p", "Succeeded");

        JsonObject scheduled = await rig.UntilEventAsync("Scheduled", "Successfully assigned default/p to local");
        JsonObject pulled = await rig.UntilEventAsync("Pulled", "Container image \"busybox:local\" already present on machine and can be accessed by the pod");
        await rig.UntilEventAsync("Created", "Container created");
        await rig.UntilEventAsync("Started", "Container started");

        Assert.Equal("default-scheduler", (string?)scheduled["reportingComponent"]);
        Assert.NotNull((string?)scheduled["eventTime"]);
        Assert.Equal("kubelet", (string?)pulled["source"]!["component"]);
        Assert.Equal("spec.containers{c}", (string?)pulled["involvedObject"]!["fieldPath"]);
        Assert.Equal(1, (int)pulled["count"]!);
    }

    [Fact]
    public async Task Ready_ContainerThatEndsAtOnce_IsNever()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.SettleTime = TimeSpan.FromHours(1));
        await rig.CreatePodAsync("fails", """{"restartPolicy":"Always","containers":[{"name":"c","image":"x","command":["sh","-c","exit 1"]}]}""");
        List<bool> ready = [];

        await rig.UntilAsync(CoreTypes.Pods, "fails", pod =>
        {
            ready.Add((bool?)pod["status"]?["containerStatuses"]?[0]?["ready"] ?? false);
            return (int?)pod["status"]?["containerStatuses"]?[0]?["restartCount"] > 0;
        });

        Assert.DoesNotContain(true, ready);
    }

    [Fact]
    public async Task Ready_ContainerThatStays_IsWhenItHasSettled()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("stays", """{"restartPolicy":"Always","terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"x","command":["sleep","1000"]}]}""");

        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "stays", p => (bool?)p["status"]?["containerStatuses"]?[0]?["ready"] == true);

        Assert.Equal("True", (string?)pod["status"]!["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "Ready")!["status"]);
    }

    [Fact]
    public async Task Scheduling_OtherSchedulerOrNoNode_StaysPending()
    {
        await using PodRig rig = await PodRig.StartAsync();
        const string Container = "\"containers\":[{\"name\":\"c\",\"image\":\"x\",\"command\":[\"true\"]}]";
        await rig.CreatePodAsync("elsewhere", $$"""{"schedulerName":"nobody",{{Container}} }""");
        await rig.CreatePodAsync("nowhere", $$"""{"nodeSelector":{"disk":"ssd"},{{Container}} }""");
        await rig.CreatePodAsync("gated", $$"""{"restartPolicy":"Never","schedulingGates":[{"name":"example.com/g"}],{{Container}} }""");

        JsonObject nowhere = await rig.UntilAsync(CoreTypes.Pods, "nowhere", p => p["status"]?["conditions"] is not null);
        JsonObject gated = await rig.UntilAsync(CoreTypes.Pods, "gated", p => p["status"]?["conditions"] is not null);
        await rig.UntilEventAsync("FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
        JsonObject elsewhere = (await rig.Client.GetAsync(CoreTypes.Pods, "default", "elsewhere", default))!;

        Assert.Equal("Unschedulable", (string?)nowhere["status"]!["conditions"]![0]!["reason"]);
        Assert.Equal("SchedulingGated", (string?)gated["status"]!["conditions"]![0]!["reason"]);
        Assert.Null(elsewhere["status"]!["conditions"]);
        Assert.Null(elsewhere["spec"]!["nodeName"]);

        var open = new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"schedulingGates":null}}""")!);
        await rig.Client.PatchAsync(CoreTypes.Pods, "default", "gated", open, null, default);
        await rig.UntilPhaseAsync("gated", "Succeeded");
    }

    [Fact]
    public async Task Scheduling_AntiAffinity_WaitsUntilTheOtherIsGone()
    {
        await using PodRig rig = await PodRig.StartAsync();
        const string Alone = """
            {"restartPolicy":"Never","terminationGracePeriodSeconds":0,"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
              {"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"one"}}}]}},
             "containers":[{"name":"c","image":"x","command":["sleep","1000"]}]}
            """;
        await rig.CreatePodAsync("first", Alone, """{"app":"one"}""");
        await rig.UntilPhaseAsync("first", "Running");
        await rig.CreatePodAsync("second", Alone, """{"app":"one"}""");
        await rig.UntilEventAsync("FailedScheduling", "0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.");

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "first", DeleteOptions.Background, default);

        await rig.UntilPhaseAsync("second", "Running");
    }

    [Fact]
    public async Task Crash_Again_BacksOffAndKeepsThePreviousLog()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.RestartBackoff = TimeSpan.FromMinutes(1));
        await rig.CreatePodAsync("crash", """
            {"restartPolicy":"Always","volumes":[{"name":"w","emptyDir":{}}],"containers":[{"name":"c","image":"x","volumeMounts":[{"name":"w","mountPath":"/w"}],
             "command":["sh","-c","echo x >>/w/n; echo life $(wc -l </w/n); exit 1"]}]}
            """);

        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "crash", p => (string?)p["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["reason"] == "CrashLoopBackOff");

        JsonNode status = pod["status"]!["containerStatuses"]![0]!;
        Assert.Equal(1, (int)status["restartCount"]!);
        Assert.Equal(1, (int)status["lastState"]!["terminated"]!["exitCode"]!);
        Assert.StartsWith("back-off 1m0s restarting failed container=c pod=crash_default(", (string?)status["state"]!["waiting"]!["message"], StringComparison.Ordinal);
        Assert.Equal("Running", (string?)pod["status"]!["phase"]);
        Assert.Equal("life 2\n", await rig.ReadLogAsync("crash", new LogOptions()));
        Assert.Equal("life 1\n", await rig.ReadLogAsync("crash", new LogOptions { Previous = true }));
        await rig.UntilEventAsync("BackOff", "Back-off restarting failed container c in pod crash_default(");
    }

    [Fact]
    public async Task RunAsNonRoot_WithoutUser_IsNotStarted()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("root", """{"restartPolicy":"Never","securityContext":{"runAsNonRoot":true},"containers":[{"name":"c","image":"x","command":["true"]}]}""");

        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "root", p => p["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["message"] is not null);
        Assert.Equal("CreateContainerConfigError", (string?)pod["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!["reason"]);
    }

    [Theory]
    [InlineData("Never", "ErrImageNeverPull")]
    [InlineData("IfNotPresent", "ImagePullBackOff")]
    public async Task Image_NobodyHas_WaitsWithItsReason(string policy, string reason)
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("image", $$"""{"restartPolicy":"Never","containers":[{"name":"c","image":"nginx:1","imagePullPolicy":"{{policy}}"}]}""");

        await rig.UntilAsync(CoreTypes.Pods, "image", p => (string?)p["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["reason"] == reason);
    }

    [Fact]
    public async Task Memory_BeyondTheLimit_IsKilledForIt()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("hungry", """
            {"restartPolicy":"Never","containers":[{"name":"c","image":"x","resources":{"limits":{"memory":"32Mi"}},
             "command":["perl","-e","my @a; while(@a<400){push @a, 'x' x 1048576} sleep 1000"]}]}
            """);

        JsonNode terminated = PodRig.Terminated(await rig.UntilPhaseAsync("hungry", "Failed"));
        Assert.Equal("OOMKilled", (string?)terminated["reason"]);
        Assert.Equal(137, (int)terminated["exitCode"]!);
    }

    [Fact]
    public async Task Memory_WithoutControlGroups_IsLookedAtAndSaidSo()
    {
        await using PodRig rig = await PodRig.StartAsync(o =>
        {
            o.UseControlGroups = false;
            o.MemoryCheckPeriod = TimeSpan.FromMilliseconds(20);
        });

        await rig.CreatePodAsync("hungry", """
            {"restartPolicy":"Never","containers":[{"name":"c","image":"x","resources":{"limits":{"memory":"32Mi"}},
             "command":["perl","-e","my @a; while(@a<400){push @a, 'x' x 1048576; select(undef,undef,undef,0.01)} sleep 1000"]}]}
            """);

        Assert.Equal("OOMKilled", (string?)PodRig.Terminated(await rig.UntilPhaseAsync("hungry", "Failed"))["reason"]);
        await rig.UntilEventAsync("LimitsNotEnforced", "Limits of this pod are not enforced by the kernel");
    }

    [Fact]
    public async Task Processes_ForkedForever_AreBoundAndGoWithThePod()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.MaxProcesses = 64);
        await rig.CreatePodAsync("bomb", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":0,"volumes":[{"name":"s","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"c","image":"x","volumeMounts":[{"name":"s","mountPath":"/s"}],
             "command":["perl","-e","for (1..500) { my $p = fork; if (defined $p && !$p) { sleep 1000; exit } } open my $f, '>', '/s/forked'; close $f; sleep 1000"]}]}
            """);
        await rig.UntilPhaseAsync("bomb", "Running");
        await PodRig.UntilAsync(() => File.Exists(rig.Sign("forked")));
        Assert.InRange(PodRig.ProcessesOf(rig.DataDirectory).Count, 1, 70);

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "bomb", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, "bomb");
        await rig.NothingRunsAsync();
    }
}
