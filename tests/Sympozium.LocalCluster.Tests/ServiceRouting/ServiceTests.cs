using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Tests.Pods;

namespace Sympozium.LocalCluster.Tests.ServiceRouting;

/// <summary>Services from allocation to a name that a pod resolves, shown with real processes.</summary>
public sealed class ServiceTests
{
    private const string Idle = """{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"x:1","command":["sleep","1000"]}]}""";

    [Fact]
    public async Task Service_IsMade_GetsAnAddressThatNobodyElseHas()
    {
        await using PodRig rig = await PodRig.StartAsync();

        JsonObject[] made = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => rig.Client.CreateAsync(CoreTypes.Services, New($"s{i}", """{"ports":[{"port":80}]}"""), default)));

        Assert.Equal(20, made.Select(Address).Distinct().Count());
        Assert.All(made, service => Assert.Matches(@"^127\.(9[6-9]|10\d|11[01])\.\d+\.\d+$", Address(service)));
    }

    [Theory]
    [InlineData("""{"clusterIP":"10.0.0.1","ports":[{"port":80}]}""", "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 127.96.0.0/12")]
    [InlineData("""{"clusterIP":"127.96.0.9","ports":[{"port":80}]}""", "spec.clusterIPs: Invalid value: [\"127.96.0.9\"]: failed to allocate IP 127.96.0.9: provided IP is already allocated")]
    [InlineData("""{"type":"NodePort","ports":[{"port":80,"nodePort":80}]}""", "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767")]
    [InlineData("""{"type":"NodePort","ports":[{"port":80,"nodePort":30999}]}""", "spec.ports[0].nodePort: Invalid value: 30999: provided port is already allocated")]
    [InlineData("""{"clusterIP":"foo","ports":[{"port":80}]}""", "spec.clusterIPs[0]: Invalid value: \"foo\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
    [InlineData("""{"ipFamilyPolicy":"RequireDualStack","ports":[{"port":80}]}""", "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services")]
    [InlineData("""{"ipFamilies":["IPv6"],"ports":[{"port":80}]}""", "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster")]
    [InlineData("""{"ipFamilies":["IPv4","IPv6"],"ports":[{"port":80}]}""", "spec.ipFamilyPolicy: Invalid value: null: must be RequireDualStack or PreferDualStack when multiple 'ipFamilies' are specified")]
    [InlineData("""{"externalIPs":["127.0.0.1"],"ports":[{"port":80}]}""", "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)")]
    public async Task Service_AsksForWhatItCannotHave_IsRefused(string spec, string expected)
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.Services, New("first", """{"type":"NodePort","clusterIP":"127.96.0.9","ports":[{"port":80,"nodePort":30999}]}"""), default);

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => rig.Client.CreateAsync(CoreTypes.Services, New("second", spec), default));

        Assert.Equal($"Service \"second\" is invalid: {expected}", refused.Message);
    }

    [Fact]
    public async Task Endpoints_FollowReadyPods()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.Client.CreateAsync(CoreTypes.Services, New("web", """{"selector":{"app":"web"},"ports":[{"port":80,"targetPort":8080}]}"""), default);
        await rig.CreatePodAsync("one", Idle, """{"app":"web"}""");

        JsonObject endpoints = await rig.UntilAsync(CoreTypes.Endpoints, "web", found => found["subsets"]?[0]?["addresses"] is JsonArray { Count: 1 });
        JsonObject pod = await rig.UntilPhaseAsync("one", "Running");
        Assert.Equal((string?)pod["status"]!["podIP"], (string?)endpoints["subsets"]![0]!["addresses"]![0]!["ip"]);
        Assert.Equal(8080, (int?)endpoints["subsets"]![0]!["ports"]![0]!["port"]);

        await rig.Client.DeleteAsync(CoreTypes.Pods, "default", "one", new DeleteOptions { GracePeriodSeconds = 0 }, default);
        await rig.UntilAsync(CoreTypes.Endpoints, "web", found => found["subsets"] is null);
    }

    [Fact]
    public async Task Pods_HaveAddressesOfTheirOwn()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("one", Idle);
        await rig.CreatePodAsync("two", Idle);

        string?[] addresses = [(string?)(await rig.UntilPhaseAsync("one", "Running"))["status"]!["podIP"], (string?)(await rig.UntilPhaseAsync("two", "Running"))["status"]!["podIP"]];

        Assert.Equal(2, addresses.Distinct().Count());
        Assert.All(addresses, address => Assert.Matches(@"^127\.(6[4-9]|7\d)\.\d+\.\d+$", address));
    }

    [Fact]
    public async Task Name_OfAServiceMadeLater_ResolvesInARunningPod()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("server", Idle, """{"app":"web"}""");
        await rig.CreatePodAsync(
            "client",
            """{"restartPolicy":"Never","containers":[{"name":"main","image":"x:1","command":["sh","-c","until getent -s files hosts web.default.svc.cluster.local | grep -E '^127[.][67]' && getent -s files hosts web; do sleep 0.05; done; echo host=$WEB_SERVICE_HOST api=$KUBERNETES_SERVICE_HOST"]}]}""");
        await rig.UntilPhaseAsync("client", "Running");

        await rig.Client.CreateAsync(CoreTypes.Services, New("web", """{"selector":{"app":"web"},"ports":[{"port":80}]}"""), default);

        await rig.UntilPhaseAsync("client", "Succeeded");
        JsonObject server = await rig.UntilPhaseAsync("server", "Running");
        string log = await rig.LogAsync("client");
        Assert.Contains((string)server["status"]!["podIP"]!, log, StringComparison.Ordinal);
        Assert.Contains("host= api=127.0.0.1", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_NameServicesThatWereThereBefore()
    {
        await using PodRig rig = await PodRig.StartAsync();
        JsonObject service = await rig.Client.CreateAsync(CoreTypes.Services, New("my-db", """{"ports":[{"name":"sql","port":5432}]}"""), default);
        await rig.CreatePodAsync("linked", """{"restartPolicy":"Never","containers":[{"name":"main","image":"x:1","command":["sh","-c","env"]}]}""");
        await rig.CreatePodAsync("unlinked", """{"restartPolicy":"Never","enableServiceLinks":false,"containers":[{"name":"main","image":"x:1","command":["sh","-c","env"]}]}""");
        await rig.UntilPhaseAsync("linked", "Succeeded");
        await rig.UntilPhaseAsync("unlinked", "Succeeded");

        string linked = await rig.LogAsync("linked");
        string unlinked = await rig.LogAsync("unlinked");

        Assert.Contains($"MY_DB_SERVICE_HOST={Address(service)}\n", linked, StringComparison.Ordinal);
        Assert.Contains("MY_DB_SERVICE_PORT=5432\n", linked, StringComparison.Ordinal);
        Assert.Contains("MY_DB_SERVICE_PORT_SQL=5432\n", linked, StringComparison.Ordinal);
        Assert.Contains($"MY_DB_PORT_5432_TCP=tcp://{Address(service)}:5432\n", linked, StringComparison.Ordinal);
        Assert.DoesNotContain("MY_DB_", unlinked, StringComparison.Ordinal);
        Assert.Contains("KUBERNETES_SERVICE_HOST=127.0.0.1\n", unlinked, StringComparison.Ordinal);
    }

    private static JsonObject New(string name, string spec) => JsonNode.Parse($$"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{name}}","namespace":"default"},"spec":{{spec}} }
        """)!.AsObject();

    private static string Address(JsonObject service) => (string)service["spec"]!["clusterIP"]!;
}
