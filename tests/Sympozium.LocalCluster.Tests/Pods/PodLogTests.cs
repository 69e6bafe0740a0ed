using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Reading logs, and keeping them small.</summary>
public sealed class PodLogTests
{
    [Fact]
    public async Task Follow_RunningContainer_ReadsToItsEnd()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("talks", $$"""
            {"restartPolicy":"Never","volumes":[{"name":"s","hostPath":{"path":"{{rig.DataDirectory}}"} }],"containers":[{"name":"main","image":"any","volumeMounts":[{"name":"s","mountPath":"/s"}],
             "command":["sh","-c","echo 1; until [ -e /s/go ]; do sleep 0.02; done; echo 2; sleep 0.1; echo 3"]}]}
            """);
        await rig.UntilPhaseAsync("talks", "Running");
        await rig.UntilSaidAsync("talks", "1");

        Task<string> log = rig.ReadLogAsync("talks", new LogOptions(Follow: true));
        await rig.GiveSignAsync("go");

        Assert.Equal("1\n2\n3\n", await log);
        Assert.Equal("3\n", await rig.ReadLogAsync("talks", new LogOptions("main", TailLines: 1)));
    }

    [Fact]
    public async Task Log_ContainerIsNotNamedOrUnknown_IsRefusedWithTheChoice()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("two", """
            {"restartPolicy":"Never","containers":[{"name":"a","image":"any","command":["true"]},{"name":"b","image":"any","command":["true"]}]}
            """);
        await rig.UntilPhaseAsync("two", "Succeeded");

        KubernetesException unnamed = await Assert.ThrowsAsync<KubernetesException>(() => rig.ReadLogAsync("two", new LogOptions()));
        KubernetesException unknown = await Assert.ThrowsAsync<KubernetesException>(() => rig.ReadLogAsync("two", new LogOptions("c")));

        Assert.Equal("a container name must be specified for pod two, choose one of: [a b]", unnamed.Message);
        Assert.Equal("container c is not valid for pod two", unknown.Message);
    }

    [Fact]
    public async Task Trim_LogBeyondItsCap_KeepsTheNewestWholeLines()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["0.log"];
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, 200_000).Select(i => $"line {i}"));

        bool trimmed = LogFile.Trim(path, 256 << 10);

        await using FileStream log = LogFile.Open(path, tailLines: null);
        using var reader = new StreamReader(log);
        string first = (await reader.ReadLineAsync())!;
        string rest = await reader.ReadToEndAsync();
        Assert.True(trimmed);
        Assert.StartsWith("line ", first, StringComparison.Ordinal);
        Assert.EndsWith("line 199999\n", rest, StringComparison.Ordinal);
        Assert.InRange(rest.Length, 1, 256 << 10);
        Assert.False(LogFile.Trim(path, 256 << 10));
    }
}
