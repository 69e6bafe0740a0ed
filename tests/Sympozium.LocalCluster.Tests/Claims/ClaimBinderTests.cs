using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.Claims;

/// <summary>Claims and volumes of a whole local cluster.</summary>
public sealed class ClaimBinderTests
{
    private const string NotHelpful = " no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

    [Fact]
    public async Task Claim_OfAClass_IsBoundUsedAndReleased()
    {
        await using PodRig rig = await PodRig.StartAsync();
        string path = Path.Combine(rig.DataDirectory, "by-hand");
        await rig.CreateAsync(
            CoreTypes.PersistentVolumes,
            $$"""
            {"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"2Gi"},"storageClassName":"manual","hostPath":{"path":"{{path}}","type":"DirectoryOrCreate"} } }
            """);
        await rig.CreateAsync(CoreTypes.PersistentVolumeClaims, Claim("c", "\"manual\""));

        JsonObject claim = await rig.UntilAsync(CoreTypes.PersistentVolumeClaims, "c", IsPhase("Bound"));
        KubernetesException larger = await Assert.ThrowsAsync<KubernetesException>(() => rig.Client.PatchAsync(
            CoreTypes.PersistentVolumeClaims, "default", "c",
            new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}""")!), null, default));
        Assert.Equal(
            "persistentvolumeclaims \"c\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
            larger.Message);
        await rig.CreatePodAsync("p", Pod("c"));
        await rig.UntilPhaseAsync("p", "Succeeded");
        JsonObject bound = await VolumeAsync(rig, "v", "Bound");
        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "p", DeleteOptions.Background, default);
        await rig.Client.DeleteAsync(CoreTypes.PersistentVolumeClaims, "default", "c", DeleteOptions.Background, default);
        JsonObject released = await VolumeAsync(rig, "v", "Released");

        Assert.Equal("v", (string?)claim["spec"]!["volumeName"]);
        Assert.Equal("2Gi", (string?)claim["status"]!["capacity"]!["storage"]);
        Assert.Equal("yes", (string?)claim["metadata"]!["annotations"]!["pv.kubernetes.io/bind-completed"]);
        Assert.Equal((string?)claim["metadata"]!["uid"], (string?)bound["spec"]!["claimRef"]!["uid"]);
        Assert.Equal("c", (string?)released["spec"]!["claimRef"]!["name"]);
        Assert.True(File.Exists(Path.Combine(path, "x")), "the pod wrote into the volume");
    }

    [Fact]
    public async Task Claim_WithoutClassAndVolume_GetsADirectoryWhenAPodWantsItAndItGoesWithTheClaim()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreateAsync(CoreTypes.PersistentVolumeClaims, Claim("c", "null"));
        await rig.UntilEventAsync("FailedBinding", "no persistent volumes available for this claim and no storage class is set");

        await rig.CreatePodAsync("p", Pod("c"));
        await rig.UntilPhaseAsync("p", "Succeeded");
        JsonObject claim = await rig.UntilAsync(CoreTypes.PersistentVolumeClaims, "c", IsPhase("Bound"));
        string volume = claim["spec"]!["volumeName"]!.GetValue<string>();
        string directory = Path.Combine(rig.DataDirectory, "volumes", "default", "c");
        Assert.True(File.Exists(Path.Combine(directory, "x")));
        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "p", DeleteOptions.Background, default);
        await rig.Client.DeleteAsync(CoreTypes.PersistentVolumeClaims, "default", "c", DeleteOptions.Background, default);

        _ = (await rig.Kubectl.RunAsync("wait", "--for=delete", $"pv/{volume}", "--timeout=150s")).Success;
        Assert.Null(await rig.Client.GetAsync(CoreTypes.PersistentVolumes, null, volume, default));
        Assert.False(Directory.Exists(directory));
    }

    [Theory]
    [InlineData("\"none\"", "pod has unbound immediate PersistentVolumeClaims")]
    [InlineData("\"\"", "pod has unbound immediate PersistentVolumeClaims")]
    [InlineData("\"later\"", "1 node(s) didn't find available persistent volumes to bind")]
    public async Task Pod_OfAClaimWithoutVolume_WaitsAndSaysWhyUntilThereIsOne(string storageClass, string why)
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreateAsync(
            new ResourceType("storage.k8s.io", "v1", "storageclasses", "StorageClass", Namespaced: false),
            """{"metadata":{"name":"later"},"provisioner":"kubernetes.io/no-provisioner","volumeBindingMode":"WaitForFirstConsumer"}""");
        await rig.CreateAsync(CoreTypes.PersistentVolumeClaims, Claim("c", storageClass));
        await rig.CreatePodAsync("p", Pod("c"));

        await rig.UntilEventAsync("FailedScheduling", $"0/1 nodes are available: {why}.{NotHelpful}");
        await rig.CreateAsync(
            CoreTypes.PersistentVolumes,
            $$"""
            {"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"2Gi"},"storageClassName":{{storageClass}},"hostPath":{"path":"{{rig.DataDirectory}}"} } }
            """);

        await rig.UntilPhaseAsync("p", "Succeeded");
    }

    [Fact]
    public async Task Pod_OfAMissingClaim_WaitsForIt()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("p", Pod("c"));
        await rig.UntilEventAsync("FailedScheduling", $"0/1 nodes are available: persistentvolumeclaim \"c\" not found.{NotHelpful}");

        await rig.CreateAsync(CoreTypes.PersistentVolumeClaims, Claim("c", "null"));

        await rig.UntilPhaseAsync("p", "Succeeded");
    }

    [Theory]
    [InlineData("""{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"local":{"path":"/a"}}""", "spec.nodeAffinity: Required value: Local volume requires node affinity")]
    [InlineData("""{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"hostPath":{"path":"/a/../b"}}""", "spec.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'")]
    [InlineData("""{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"hostPath":{"path":"/"},"persistentVolumeReclaimPolicy":"Recycle"}""",
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'")]
    public async Task Volume_OfAWrongSource_IsRefused(string spec, string problem)
    {
        await using PodRig rig = await PodRig.StartAsync();

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => rig.CreateAsync(CoreTypes.PersistentVolumes, $$"""{"metadata":{"name":"v"},"spec":{{spec}} }"""));

        Assert.Equal($"PersistentVolume \"v\" is invalid: {problem}", refused.Message);
    }

    private static Func<JsonObject, bool> IsPhase(string phase) => item => (string?)item["status"]?["phase"] == phase;

    /// <summary>A volume once it is in a phase; kubectl waits, since the rig waits for what has a namespace.</summary>
    private static async Task<JsonObject> VolumeAsync(PodRig rig, string name, string phase)
    {
        _ = (await rig.Kubectl.RunAsync("wait", $"--for=jsonpath={{.status.phase}}={phase}", $"pv/{name}", "--timeout=150s")).Success;
        return (await rig.Client.GetAsync(CoreTypes.PersistentVolumes, null, name, default))!;
    }

    private static string Claim(string name, string storageClass) =>
        $$"""{"metadata":{"name":"{{name}}"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":{{storageClass}},"resources":{"requests":{"storage":"1Gi"} } } }""";

    private static string Pod(string claim) => $$"""
        {"restartPolicy":"Never","volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"{{claim}}"} }],
         "containers":[{"name":"main","image":"any","command":["sh","-c","echo hi > /d/x"],"volumeMounts":[{"name":"d","mountPath":"/d"}]}]}
        """;
}
