using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Pods outlive a control plane that is killed, and the next one finds them.</summary>
public sealed class AdoptionTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();
    private readonly TemporaryDirectory _shared = new();

    public void Dispose()
    {
        KillPods();

        _data.Dispose();
        _shared.Dispose();
    }

    [Fact]
    public async Task Return_PodStillRuns_IsAdoptedWithItsExitCode()
    {
        await KillControlPlaneAsync("stays");
        IReadOnlyList<int> before = PodRig.ProcessesOf(_data.Path);

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);
        await File.WriteAllTextAsync(_shared["go"], "");

        JsonObject pod = await rig.UntilPhaseAsync("stays", "Failed");
        Assert.NotEmpty(before);
        Assert.Equal(7, (int)PodRig.Terminated(pod)["exitCode"]!);
        Assert.Equal(0, (int)pod["status"]!["containerStatuses"]![0]!["restartCount"]!);
        Assert.Equal("started\n", await rig.LogAsync("stays"));
    }

    [Fact]
    public async Task Return_PodEndedMeanwhile_HasItsExitCode()
    {
        await KillControlPlaneAsync("ended");
        await File.WriteAllTextAsync(_shared["go"], "");
        await NothingRunsAsync();

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);

        Assert.Equal(7, (int)PodRig.Terminated(await rig.UntilPhaseAsync("ended", "Failed"))["exitCode"]!);
    }

    [Fact]
    public async Task Return_ProcessesVanishedWithoutRecord_FailsAsUnknown()
    {
        await KillControlPlaneAsync("vanished");
        KillPods();

        await NothingRunsAsync();
        foreach (string record in Directory.GetFiles(_data["pods"], "*-0.json", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(record, "{ \"child-");
        }

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);

        JsonNode terminated = PodRig.Terminated(await rig.UntilPhaseAsync("vanished", "Failed"));
        Assert.Equal(137, (int)terminated["exitCode"]!);
        Assert.Equal("ContainerStatusUnknown", (string?)terminated["reason"]);
    }

    [Fact]
    public async Task Return_StateIsGarbage_FailsAndLeavesNoProcess()
    {
        await KillControlPlaneAsync("garbage");
        foreach (string state in Directory.GetFiles(_data["pods"], "state.json", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(state, "{\"containers\": [nonsense");
        }

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);

        await rig.UntilPhaseAsync("garbage", "Failed");
        await NothingRunsAsync();
    }

    [Fact]
    public async Task Return_PodIsNotStoredAnyMore_ItsProcessesAndFilesGo()
    {
        await KillControlPlaneAsync("orphan");
        foreach (string database in Directory.GetFiles(_data.Path, "cluster.db*"))
        {
            File.Delete(database);
        }

        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);

        await NothingRunsAsync();
        await PodRig.UntilAsync(() => Directory.GetDirectories(_data["pods"]).All(d => Path.GetFileName(d).StartsWith('.')));
    }

    [Fact]
    public async Task Return_ContainerWithProbes_IsProbedOnAndItsLogHasTimes()
    {
        await KillControlPlaneAsync("probed", """
            ,"readinessProbe":{"exec":{"command":["test","-e","/s/ready"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1},
            "livenessProbe":{"exec":{"command":["test","!","-e","/s/sick"]},"periodSeconds":1,"timeoutSeconds":30,"failureThreshold":1}
            """);
        await using PodRig rig = await PodRig.StartAsync(directory: _data.Path);

        await File.WriteAllTextAsync(_shared["ready"], "");
        JsonObject ready = await rig.UntilAsync(CoreTypes.Pods, "probed", p => (bool?)p["status"]?["containerStatuses"]?[0]?["ready"] == true);
        string log = await rig.ReadLogAsync("probed", new LogOptions { Timestamps = true });
        await File.WriteAllTextAsync(_shared["sick"], "");

        Assert.Equal(0, (int)ready["status"]!["containerStatuses"]![0]!["restartCount"]!);
        Assert.EndsWith(" started\n", log, StringComparison.Ordinal);
        Assert.Equal(9, (int)PodRig.Terminated(await rig.UntilPhaseAsync("probed", "Failed"))["exitCode"]!);
    }

    private async Task KillControlPlaneAsync(string name, string container = "")
    {
        string spec = $$"""
            {"restartPolicy":"Never","volumes":[{"name":"s","hostPath":{"path":"{{_shared.Path}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"s","mountPath":"/s"}],
              "command":["sh","-c","trap 'exit 9' TERM; echo started; touch /s/up; until [ -e /s/go ]; do sleep 0.02; done; exit 7"]{{container}} }]}
            """;
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "exec", typeof(AdoptionTests).Assembly.Location, "run-pod-until-killed", _data.Path, name, spec },
            RedirectStandardOutput = true,
        };
        using Process controlPlane = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(TestTimeouts.WithProcesses);
        string? line;
        do
        {
            line = await controlPlane.StandardOutput.ReadLineAsync(timeout.Token);
        }
        while (line is not (null or "running"));

        Assert.Equal("running", line);
        await PodRig.UntilAsync(() => File.Exists(_shared["up"]));
        controlPlane.Kill();
        await controlPlane.WaitForExitAsync(timeout.Token);
    }

    /// <summary>One of them may end by the end of another.</summary>
    private void KillPods()
    {
        foreach (int pid in PodRig.ProcessesOf(_data.Path))
        {
            _ = Native.Kill(pid, Native.SigKill);
        }
    }

    private Task NothingRunsAsync() => PodRig.UntilAsync(() => PodRig.ProcessesOf(_data.Path).Count == 0);
}
