using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Processes;

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
        Assert.Equal(0, (int)PodRig.Terminated(pod)["exitCode"]!);
        Assert.Equal("Completed", (string?)PodRig.Terminated(pod)["reason"]);
        Assert.Equal("hello\n", await rig.LogAsync("hello"));
    }

    [Theory]
    [InlineData("exit 3", 3, "Error")]
    [InlineData("kill -TERM $$$$", 143, "Error")]
    [InlineData("kill -KILL $$$$", 137, "Error")]
    public async Task Pod_MainFails_FailsWithExitCode(string script, int code, string reason)
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("fails", $$"""{"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["sh","-c","{{script}}"]}]}""");

        JsonObject pod = await rig.UntilPhaseAsync("fails", "Failed");
        Assert.Equal(code, (int)PodRig.Terminated(pod)["exitCode"]!);
        Assert.Equal(reason, (string?)PodRig.Terminated(pod)["reason"]);
    }

    [Fact]
    public async Task Pod_CommandDoesNotExist_FailsWithStartError()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("absent", """{"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["no-such-program"]}]}""");

        JsonObject pod = await rig.UntilPhaseAsync("absent", "Failed");
        Assert.Equal("StartError", (string?)PodRig.Terminated(pod)["reason"]);
        Assert.EndsWith("exec: \"no-such-program\": executable file not found in $PATH: unknown", (string?)PodRig.Terminated(pod)["message"], StringComparison.Ordinal);
        await rig.UntilEventAsync("Failed", "Error: failed to create containerd task");
    }

    [Theory]
    [InlineData("echo up; exec sleep 1000", 1, 137, false)]
    [InlineData("echo up; exec sleep 1000", 1, 137, true)]
    [InlineData("trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done", 30, 5, false)]
    [InlineData("trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done", 30, 5, true)]
    public async Task Pod_AskedToEnd_OnlyAProcessWithAHandlerIsToldByASignal(string script, int grace, int code, bool isPlain)
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.ForcePlainProcesses = isPlain);
        await rig.CreatePodAsync("asked", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":{{grace}},"containers":[{"name":"main","image":"any","command":["sh","-c","{{script}}"]}]}
            """);
        await rig.UntilPhaseAsync("asked", "Running");
        await rig.UntilSaidAsync("asked", "up");

        var deadline = new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"activeDeadlineSeconds":1}}""")!);
        await rig.Client.PatchAsync(CoreTypes.Pods, "default", "asked", deadline, null, default);

        JsonObject pod = await rig.UntilPhaseAsync("asked", "Failed");
        Assert.Equal("DeadlineExceeded", (string?)pod["status"]!["reason"]);
        Assert.Equal(code, (int)PodRig.Terminated(pod)["exitCode"]!);
    }

    [Theory]
    [InlineData("busybox:local", "\"args\":[\"echo\",\"hello\"]", "hello\n")]
    [InlineData("registry:5000/library/alpine", "\"stdin\":false", "")]
    public async Task Pod_ImageOfAShell_NeedsNoCommand(string image, string container, string log)
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("shell", $$"""{"restartPolicy":"Never","containers":[{"name":"main","image":"{{image}}","imagePullPolicy":"IfNotPresent",{{container}} }]}""");

        await rig.UntilPhaseAsync("shell", "Succeeded");
        Assert.Equal(log, await rig.LogAsync("shell"));
    }

    [Fact]
    public async Task Pod_SidecarsAndInitContainers_StartInOrderAndEndInReverse()
    {
        await using PodRig rig = await PodRig.StartAsync();
        const string Mount = "\"volumeMounts\":[{\"name\":\"shared\",\"mountPath\":\"/shared\"}]";
        string Sidecar(string name) =>
            $$"""{"name":"{{name}}","image":"any","restartPolicy":"Always",{{Mount}},"command":["sh","-c","trap 'echo end-{{name}} >>/shared/order; exit 0' TERM; echo {{name}} >>/shared/order; while :; do sleep 0.05; done"]}""";

        await rig.CreatePodAsync("ordered", $$"""
            {"restartPolicy":"Never","volumes":[{"name":"shared","hostPath":{"path":"{{rig.DataDirectory}}","type":"Directory"} }],
             "initContainers":[{{Sidecar("one")}},
               {"name":"init","image":"any",{{Mount}},"command":["sh","-c","until [ -s /shared/order ]; do sleep 0.01; done; echo init >>/shared/order"]},
               {{Sidecar("two")}}],
             "containers":[{"name":"main","image":"any",{{Mount}},"command":["sh","-c","until grep -q two /shared/order; do sleep 0.01; done; echo main >>/shared/order"]}]}
            """);

        JsonObject pod = await rig.UntilPhaseAsync("ordered", "Succeeded");
        Assert.Equal(["one", "init", "two", "main", "end-two", "end-one"], await File.ReadAllLinesAsync(Path.Combine(rig.DataDirectory, "order")));
        Assert.All((JsonArray)pod["status"]!["initContainerStatuses"]!, s => Assert.Equal(0, (int)s!["state"]!["terminated"]!["exitCode"]!));
    }

    [Fact]
    public async Task Pod_OrdinaryRun_WritesItsStatusTwice()
    {
        await using PodRig rig = await PodRig.StartAsync();
        JsonObject created = await rig.CreatePodAsync("quiet", $$"""
            {"restartPolicy":"Never","nodeName":"local","volumes":[{"name":"shared","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"shared","mountPath":"/shared"}],"command":["sh","-c","until [ -e /shared/end ]; do sleep 0.02; done"]}]}
            """);
        int writes = 0;
        var options = new WatchOptions { ResourceVersion = (string?)created["metadata"]!["resourceVersion"] };

        await foreach (WatchEvent change in rig.Client.WatchAsync(CoreTypes.Pods, "default", options, CancellationToken.None))
        {
            writes++;
            string? phase = (string?)change.Resource["status"]!["phase"];
            if (phase == "Succeeded")
            {
                break;
            }

            if (phase == "Running")
            {
                await rig.GiveSignAsync("end");
            }
        }

        Assert.Equal(2, writes);
    }

    [Fact]
    public async Task Pod_Deleted_GetsSigtermAndIsGone()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("stopped", $$"""
            {"restartPolicy":"Never","nodeName":"local","volumes":[{"name":"shared","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"shared","mountPath":"/shared"}],
               "command":["sh","-c","trap 'echo bye >/shared/bye; exit 0' TERM; echo up >/shared/up; while :; do sleep 0.05; done"]}]}
            """);
        JsonObject pod = await rig.UntilPhaseAsync("stopped", "Running");
        await PodRig.UntilAsync(() => File.Exists(Path.Combine(rig.DataDirectory, "up")));

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "stopped", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, "stopped");
        Assert.True(File.Exists(Path.Combine(rig.DataDirectory, "bye")));
        await PodRig.UntilAsync(() => !Directory.Exists(Path.Combine(rig.DataDirectory, "pods", (string)pod["metadata"]!["uid"]!)));
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Pod_IgnoresSigterm_IsKilledAfterItsGrace()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("deaf", """
            {"restartPolicy":"Never","nodeName":"local","terminationGracePeriodSeconds":1,
             "containers":[{"name":"main","image":"any","command":["sh","-c","trap '' TERM; while :; do sleep 0.05; done"]}]}
            """);
        await rig.UntilPhaseAsync("deaf", "Running");

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "deaf", DeleteOptions.Background, default);

        await rig.UntilGoneAsync(CoreTypes.Pods, "deaf");
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Pod_PastItsDeadline_FailsWithReason()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("late", """
            {"restartPolicy":"Never","activeDeadlineSeconds":1,"terminationGracePeriodSeconds":0,"containers":[{"name":"main","image":"any","command":["sleep","1000"]}]}
            """);

        JsonObject pod = await rig.UntilPhaseAsync("late", "Failed");
        Assert.Equal("DeadlineExceeded", (string?)pod["status"]!["reason"]);
    }

    [Fact]
    public async Task Pod_EveryProcessKilled_FailsWith137AndLeavesNothing()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("victim", """
            {"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["sh","-c","sleep 1000 & sleep 1000"]}]}
            """);
        await rig.UntilPhaseAsync("victim", "Running");

        // The outermost process first: it can then not say how the container ended.
        IReadOnlyList<int> processes = PodRig.ProcessesOf(rig.DataDirectory);
        int outermost = processes.Except(processes.SelectMany(ProcFiles.Children)).Min();
        System.Diagnostics.Process.GetProcessById(outermost).Kill();

        JsonObject pod = await rig.UntilPhaseAsync("victim", "Failed");
        Assert.Equal(137, (int)PodRig.Terminated(pod)["exitCode"]!);
        await rig.NothingRunsAsync();
    }

    [Fact]
    public async Task Pod_OnFailure_IsRestartedUntilItSucceeds()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("again", """
            {"restartPolicy":"OnFailure","volumes":[{"name":"w","emptyDir":{}}],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"w","mountPath":"/w"}],
               "command":["sh","-c","echo x >>/w/n; test $(wc -l </w/n) = 3"]}]}
            """);

        JsonObject pod = await rig.UntilPhaseAsync("again", "Succeeded");
        Assert.Equal(2, (int)pod["status"]!["containerStatuses"]![0]!["restartCount"]!);
    }
}
