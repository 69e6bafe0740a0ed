using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Admission;

public sealed class ServiceAccountAdmissionTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    [Theory]
    [InlineData("{}", "{}", true)]
    [InlineData("""{"automountServiceAccountToken":false}""", "{}", false)]
    [InlineData("""{"automountServiceAccountToken":false}""", """{"automountServiceAccountToken":true}""", true)]
    [InlineData("""{"automountServiceAccountToken":true}""", """{"automountServiceAccountToken":false}""", false)]
    public async Task Pod_GetsATokenUnlessItOrItsAccountSaysNo(string account, string spec, bool expected)
    {
        string ns = await fixture.NamespaceAsync();
        await AccountAsync(ns, account);
        JsonObject pod = await PodAsync(ns, spec);
        bool hasVolume = (pod["spec"]!["volumes"] as JsonArray ?? []).Any(volume => volume!["name"]!.GetValue<string>().StartsWith("kube-api-access-", StringComparison.Ordinal));
        Assert.Equal(expected, hasVolume);
        foreach (string containers in (string[])["containers", "initContainers"])
        {
            JsonArray mounts = pod["spec"]![containers]![0]!["volumeMounts"] as JsonArray ?? [];
            Assert.Equal(expected, mounts.Any(mount => mount!["mountPath"]!.GetValue<string>() == MountPath));
        }
    }

    [Fact]
    public async Task Pod_ThatMountsSomethingThere_KeepsIt()
    {
        string ns = await fixture.NamespaceAsync();
        await AccountAsync(ns, "{}");
        string mounts = $$$"""[{"name":"own","mountPath":"{{{MountPath}}}"}]""";
        JsonObject pod = await PodAsync(ns, $$$"""
            {"initContainers":[],"volumes":[{"name":"own","emptyDir":{}}],"containers":[{"name":"c","image":"x","volumeMounts":{{{mounts}}}}]}
            """);
        Assert.Equal("own", Assert.Single(pod["spec"]!["volumes"]!.AsArray())!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Pod_TakesItsAccountsPullSecrets()
    {
        string ns = await fixture.NamespaceAsync();
        await AccountAsync(ns, """{"imagePullSecrets":[{"name":"registry"}]}""");
        Assert.Equal("""[{"name":"registry"}]""", (await PodAsync(ns, "{}"))["spec"]!["imagePullSecrets"]!.ToJsonString());
        Assert.Equal("""[{"name":"own"}]""", (await PodAsync(ns, """{"imagePullSecrets":[{"name":"own"}]}"""))["spec"]!["imagePullSecrets"]!.ToJsonString());
    }

    private Task<JsonObject> AccountAsync(string ns, string fields)
    {
        JsonObject account = JsonNode.Parse(fields)!.AsObject();
        account["apiVersion"] = "v1";
        account["kind"] = "ServiceAccount";
        account["metadata"] = new JsonObject { ["name"] = "bot", ["namespace"] = ns };
        return fixture.Client.CreateAsync(CoreTypes.ServiceAccounts, account, default);
    }

    private Task<JsonObject> PodAsync(string ns, string spec)
    {
        JsonObject pod = JsonNode.Parse("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"p-"},
             "spec":{"serviceAccountName":"bot","initContainers":[{"name":"i","image":"x"}],"containers":[{"name":"c","image":"x"}]}}
            """)!.AsObject();
        pod["metadata"]!["namespace"] = ns;
        foreach ((string name, JsonNode? value) in JsonNode.Parse(spec)!.AsObject())
        {
            pod["spec"]![name] = value?.DeepClone();
        }

        return fixture.Client.CreateAsync(CoreTypes.Pods, pod, default);
    }
}
