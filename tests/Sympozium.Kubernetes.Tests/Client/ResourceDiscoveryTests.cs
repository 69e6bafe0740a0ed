using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Kubernetes.Tests.Client;

public sealed class ResourceDiscoveryTests
{
    private const string AggregatedCore = """
        {"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
          {"resource":"pods","responseKind":{"kind":"Pod"},"scope":"Namespaced","singularResource":"pod","shortNames":["po"],"verbs":["get","list"],"categories":["all"]},
          {"resource":"namespaces","responseKind":{"kind":"Namespace"},"scope":"Cluster","singularResource":"namespace","shortNames":["ns"],"verbs":["get"]}]}]}]}
        """;

    private const string AggregatedGroups = """
        {"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"sympozium.ai"},"versions":[{"version":"v1alpha1","resources":[
          {"resource":"agentruns","responseKind":{"kind":"AgentRun"},"scope":"Namespaced","singularResource":"agentrun","shortNames":["ar","po"],"verbs":["get"]}]}]}]}
        """;

    [Theory]
    [InlineData("agentruns", "agentruns.sympozium.ai")]
    [InlineData("AgentRun", "agentruns.sympozium.ai")]
    [InlineData("ar", "agentruns.sympozium.ai")]
    [InlineData("agentruns.sympozium.ai", "agentruns.sympozium.ai")]
    [InlineData("agentruns.v1alpha1.sympozium.ai", "agentruns.sympozium.ai")]
    [InlineData("pods", "pods")]
    [InlineData("PO", "pods")]
    [InlineData("pod", "pods")]
    [InlineData("ns", "namespaces")]
    [InlineData("pods.sympozium.ai", null)]
    [InlineData("nothing", null)]
    public async Task Find_UnderstandsTheNamesThatPeopleUse(string name, string? expected)
    {
        await using ScriptedServer aggregated = await ScriptedServer.StartAsync(
            c => c.Response.WriteAsync(c.Request.Path == "/api" ? AggregatedCore : AggregatedGroups));
        await using ScriptedServer legacy = await ScriptedServer.StartAsync(LegacyAsync);
        using KubernetesClient first = aggregated.Connect();
        using KubernetesClient second = legacy.Connect();
        Assert.Equal(expected, (await first.Discovery.FindResourceAsync(name, CancellationToken.None))?.Type.ToString());
        Assert.Equal(expected, (await second.Discovery.FindResourceAsync(name, CancellationToken.None))?.Type.ToString());
    }

    [Fact]
    public async Task Find_KeepsScopeAndKind()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(LegacyAsync);
        using KubernetesClient client = server.Connect();
        ApiResource? ns = await client.Discovery.FindKindAsync("v1", "Namespace", CancellationToken.None);
        Assert.False(ns!.Type.Namespaced);
        Assert.Null(await client.Discovery.FindKindAsync("v2", "Namespace", CancellationToken.None));
    }

    private static Task LegacyAsync(HttpContext context) => context.Response.WriteAsync(context.Request.Path.Value switch
    {
        "/api" => """{"kind":"APIVersions","versions":["v1"]}""",
        "/api/v1" => """
            {"kind":"APIResourceList","resources":[
              {"name":"pods","singularName":"pod","kind":"Pod","namespaced":true,"shortNames":["po"],"verbs":["get","list"]},
              {"name":"pods/log","singularName":"","kind":"Pod","namespaced":true,"verbs":["get"]},
              {"name":"namespaces","singularName":"namespace","kind":"Namespace","namespaced":false,"shortNames":["ns"],"verbs":["get"]}]}
            """,
        "/apis" => """
            {"kind":"APIGroupList","groups":[{"name":"sympozium.ai","versions":[{"groupVersion":"sympozium.ai/v1alpha1","version":"v1alpha1"}],
              "preferredVersion":{"version":"v1alpha1"}}]}
            """,
        _ => """
            {"kind":"APIResourceList","resources":[
              {"name":"agentruns","singularName":"agentrun","kind":"AgentRun","namespaced":true,"shortNames":["ar","po"],"verbs":["get"]}]}
            """,
    });
}
