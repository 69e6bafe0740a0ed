using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Volumes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Volumes while their pod runs.</summary>
public sealed class PodVolumeTests
{
    [Fact]
    public async Task ConfigMap_IsChanged_ContainerSeesAllFilesChangeAtOnce()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreateAsync(CoreTypes.ConfigMaps, """{"metadata":{"name":"settings"},"data":{"a":"1","b":"1","gone":"x"}}""");
        await rig.CreatePodAsync("reader", """
            {"restartPolicy":"Never","volumes":[{"name":"v","configMap":{"name":"settings"}}],"containers":[{"name":"main","image":"any","volumeMounts":[{"name":"v","mountPath":"/v"}],
             "command":["sh","-c","until [ x$(cat /v/a 2>/dev/null) = x2 ]; do sleep 0.02; done; cat /v/b; until [ -e /v/new ] && ! [ -L /v/gone ]; do sleep 0.02; done; ls /v"]}]}
            """);
        await rig.UntilPhaseAsync("reader", "Running");

        var change = new Patch(PatchType.Merge, JsonNode.Parse("""{"data":{"a":"2","b":"2","gone":null,"new":"y"}}""")!);
        await rig.Client.PatchAsync(CoreTypes.ConfigMaps, "default", "settings", change, null, default);

        await rig.UntilPhaseAsync("reader", "Succeeded");
        Assert.Equal("2a\nb\nnew\n", await rig.LogAsync("reader"));
    }

    [Fact]
    public async Task Labels_AreChanged_DownwardFileFollows()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("self", """
            {"restartPolicy":"Never","volumes":[{"name":"v","downwardAPI":{"items":[{"path":"labels","fieldRef":{"fieldPath":"metadata.labels"}}]}}],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"v","mountPath":"/v"}],"command":["sh","-c","until grep -q blue /v/labels; do sleep 0.02; done; cat /v/labels"]}]}
            """, """{"colour":"red"}""");
        await rig.UntilPhaseAsync("self", "Running");

        await rig.Client.PatchAsync(CoreTypes.Pods, "default", "self", new Patch(PatchType.Merge, JsonNode.Parse("""{"metadata":{"labels":{"colour":"blue"}}}""")!), null, default);

        await rig.UntilPhaseAsync("self", "Succeeded");
        Assert.Equal("colour=\"blue\"", await rig.LogAsync("self"));
    }

    [Fact]
    public async Task EmptyDir_BeyondItsLimit_EvictsThePod()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.VolumeCheckPeriod = TimeSpan.FromMilliseconds(20));

        await rig.CreatePodAsync("full", """
            {"restartPolicy":"Never","volumes":[{"name":"v","emptyDir":{"sizeLimit":"1Mi"}}],"containers":[{"name":"main","image":"any","volumeMounts":[{"name":"v","mountPath":"/v"}],
             "command":["sh","-c","head -c 3000000 /dev/zero >/v/x; sleep 1000"]}]}
            """);

        JsonObject pod = await rig.UntilPhaseAsync("full", "Failed");
        Assert.Equal("Evicted", (string?)pod["status"]!["reason"]);
        Assert.Equal("Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ", (string?)pod["status"]!["message"]);
        Assert.Contains((JsonArray)pod["status"]!["conditions"]!, c => (string?)c!["type"] == "DisruptionTarget" && (string?)c["reason"] == "TerminationByKubelet");
    }

    [Fact]
    public void AtomicDirectory_SameFilesAgain_ChangesNothing()
    {
        using var directory = new TemporaryDirectory();
        var files = new Dictionary<string, (byte[], int)> { ["a"] = ("A"u8.ToArray(), 420), ["sub/b"] = ("B"u8.ToArray(), 256) };
        AtomicDirectory.Write(directory.Path, files, DateTimeOffset.UnixEpoch);
        string? first = new FileInfo(directory[AtomicDirectory.Data]).LinkTarget;

        AtomicDirectory.Write(directory.Path, files, DateTimeOffset.UnixEpoch.AddSeconds(1));
        string? second = new FileInfo(directory[AtomicDirectory.Data]).LinkTarget;
        files["a"] = (Encoding.UTF8.GetBytes("AA"), 420);
        files.Remove("sub/b");
        AtomicDirectory.Write(directory.Path, files, DateTimeOffset.UnixEpoch.AddSeconds(2));

        Assert.Equal(first, second);
        Assert.Equal("AA", File.ReadAllText(directory["a"]));
        Assert.Equal(["..data", "a"], Directory.GetFileSystemEntries(directory.Path).Select(e => Path.GetFileName(e)!).Where(e => !e.StartsWith("..1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Single(Directory.GetDirectories(directory.Path, "..1970*"));
    }
}
