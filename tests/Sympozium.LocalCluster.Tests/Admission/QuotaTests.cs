using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Admission;

/// <summary>
/// ResourceQuota and LimitRange. The texts are those of Kubernetes' plugins of the same names, from its documentation and sources, not recorded.
/// </summary>
public sealed class QuotaTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly ResourceType Quotas = new("", "v1", "resourcequotas", "ResourceQuota");
    private static readonly ResourceType Ranges = new("", "v1", "limitranges", "LimitRange");

    [Fact]
    public async Task Quota_OfObjects_RefusesWhatExceedsItAndNamesAllThreeNumbers()
    {
        string ns = await WithQuotaAsync("""{"secrets":"1","count/widgets.example.com":"0"}""");
        await fixture.Client.CreateAsync(CoreTypes.Secrets, Resources.Make(CoreTypes.Secrets, ns, "one"), default);

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(
            () => fixture.Client.CreateAsync(CoreTypes.Secrets, Resources.Make(CoreTypes.Secrets, ns, "two"), default));
        KubernetesException custom = await Assert.ThrowsAsync<KubernetesException>(
            () => fixture.Client.CreateAsync(ClusterFixture.Widgets, With(ClusterFixture.Widgets, ns, "w", """{"size":1}"""), default));

        Assert.Equal("secrets \"two\" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1", refused.Message);
        Assert.Equal(StatusReasons.Forbidden, refused.Reason);
        Assert.Equal(
            "widgets.example.com \"w\" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1, used: count/widgets.example.com=0, limited: count/widgets.example.com=0",
            custom.Message);
    }

    [Fact]
    public async Task Quota_OfResources_WantsEachContainerToNameThem()
    {
        string ns = await WithQuotaAsync("""{"limits.memory":"1Gi","requests.cpu":"1"}""");

        KubernetesException silent = await Assert.ThrowsAsync<KubernetesException>(() => PodAsync(ns, "p", "{}"));
        await PodAsync(ns, "fits", """{"limits":{"memory":"512Mi"},"requests":{"cpu":"600m"}}""");
        KubernetesException greedy = await Assert.ThrowsAsync<KubernetesException>(
            () => PodAsync(ns, "p", """{"limits":{"memory":"1Mi"},"requests":{"cpu":"500m"}}"""));

        Assert.Equal("pods \"p\" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c", silent.Message);
        Assert.Equal("pods \"p\" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1", greedy.Message);
    }

    [Fact]
    public async Task Quota_ManyCreateAtOnce_LetsNoMoreThroughThanItAllows()
    {
        string ns = await WithQuotaAsync("""{"secrets":"5"}""");

        bool[] stored = await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            try
            {
                await fixture.Client.CreateAsync(CoreTypes.Secrets, Resources.Make(CoreTypes.Secrets, ns, $"s{number}"), default);
                return true;
            }
            catch (KubernetesException exception) when (exception.Reason == StatusReasons.Forbidden)
            {
                return false;
            }
        }));

        Assert.Equal(5, stored.Count(isStored => isStored));
    }

    [Fact]
    public async Task Quota_ObjectThatGrows_IsChargedTheDifference()
    {
        string ns = await WithQuotaAsync("""{"services":"1","services.nodeports":"1"}""");
        await fixture.Client.CreateAsync(CoreTypes.Services, With(CoreTypes.Services, ns, "s", """{"ports":[{"name":"a","port":80},{"name":"b","port":81}]}"""), default);

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.PatchAsync(
            CoreTypes.Services, ns, "s", new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"type":"NodePort"}}""")!), null, default));
        await fixture.Client.PatchAsync(
            CoreTypes.Services, ns, "s", new Patch(PatchType.Merge, JsonNode.Parse("""{"spec":{"type":"NodePort","ports":[{"port":80}]}}""")!), null, default);

        Assert.Equal("services \"s\" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1", refused.Message);
    }

    [Fact]
    public async Task Quota_Status_FollowsWhatIsThere()
    {
        string ns = await WithQuotaAsync("""{"secrets":"2","pods":"3"}""");
        await fixture.Client.CreateAsync(CoreTypes.Secrets, Resources.Make(CoreTypes.Secrets, ns, "one"), default);

        _ = (await fixture.Kubectl.RunAsync("wait", "quota/q", "-n", ns, "--for=jsonpath={.status.used.secrets}=1", "--timeout=150s")).Success;
        await fixture.Client.DeleteAsync(CoreTypes.Secrets, ns, "one", DeleteOptions.Background, default);
        _ = (await fixture.Kubectl.RunAsync("wait", "quota/q", "-n", ns, "--for=jsonpath={.status.used.secrets}=0", "--timeout=150s")).Success;

        JsonObject status = (await fixture.Client.GetAsync(Quotas, ns, "q", default))!["status"]!.AsObject();
        Assert.Equal("""{"hard":{"pods":"3","secrets":"2"},"used":{"pods":"0","secrets":"0"}}""", status.ToJsonString());
    }

    [Fact]
    public async Task LimitRange_FillsContainersAndSaysWhatItSet()
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(
            Ranges, With(Ranges, ns, "l", """{"limits":[{"type":"Container","max":{"cpu":"1"},"min":{"memory":"10Mi"},"defaultRequest":{"cpu":"100m"}}]}"""), default);

        JsonObject pod = await PodAsync(ns, "p", "{}");
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(
            () => PodAsync(ns, "q", """{"limits":{"cpu":"2"},"requests":{"memory":"1Mi"}}"""));

        Assert.Equal(
            "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c",
            (string?)pod["metadata"]!["annotations"]!["kubernetes.io/limit-ranger"]);
        Assert.Equal(
            """{"requests":{"cpu":"100m","memory":"10Mi"},"limits":{"cpu":"1"}}""", pod["spec"]!["containers"]![0]!["resources"]!.ToJsonString());
        Assert.Equal("Burstable", (string?)pod["status"]!["qosClass"]);
        Assert.Equal(
            "pods \"q\" is forbidden: [minimum memory usage per Container is 10Mi, but request is 1Mi, maximum cpu usage per Container is 1, but limit is 2]",
            refused.Message);
    }

    [Fact]
    public async Task LimitRange_OfClaims_BoundsTheirStorage()
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(Ranges, With(Ranges, ns, "l", """{"limits":[{"type":"PersistentVolumeClaim","max":{"storage":"1Gi"}}]}"""), default);
        JsonObject claim = With(
            CoreTypes.PersistentVolumeClaims, ns, "c", """{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"}}}""");

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(CoreTypes.PersistentVolumeClaims, claim, default));

        Assert.Equal("persistentvolumeclaims \"c\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi", refused.Message);
    }

    private static JsonObject With(ResourceType type, string ns, string name, string spec)
    {
        JsonObject resource = Resources.Make(type, ns, name);
        resource["spec"] = JsonNode.Parse(spec);
        return resource;
    }

    private async Task<string> WithQuotaAsync(string hard)
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(Quotas, With(Quotas, ns, "q", $$"""{"hard":{{hard}}}"""), default);
        return ns;
    }

    private Task<JsonObject> PodAsync(string ns, string name, string resources) => fixture.Client.CreateAsync(
        CoreTypes.Pods, With(CoreTypes.Pods, ns, name, $$"""{"containers":[{"name":"c","image":"i","resources":{{resources}} }]}"""), default);
}
