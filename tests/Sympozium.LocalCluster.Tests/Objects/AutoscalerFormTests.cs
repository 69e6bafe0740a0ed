using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Objects;

/// <summary>One HorizontalPodAutoscaler, written as <c>autoscaling/v1</c> and as <c>autoscaling/v2</c>.</summary>
public sealed class AutoscalerFormTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";

    private static readonly ResourceType Older = new("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
    private static readonly ResourceType Newer = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");

    [Theory]
    [InlineData("", 80)]
    [InlineData(",\"targetCPUUtilizationPercentage\":50", 50)]
    public async Task Autoscaler_OfTheOlderForm_MeasuresTheProcessor(string target, int percent)
    {
        string ns = await fixture.NamespaceAsync();

        JsonObject made = await fixture.Client.CreateAsync(Older, Autoscaler(Older, ns, $$"""{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d"}{{target}} }"""), default);
        JsonObject newer = (await fixture.Client.GetAsync(Newer, ns, "h", default))!;

        Assert.Equal(percent, (int?)made["spec"]!["targetCPUUtilizationPercentage"]);
        Assert.Equal("autoscaling/v1", (string?)made["apiVersion"]);
        Assert.Equal(percent, (int?)newer["spec"]!["metrics"]![0]!["resource"]!["target"]!["averageUtilization"]);
        Assert.Null(newer["spec"]!["targetCPUUtilizationPercentage"]);
    }

    [Fact]
    public async Task Autoscaler_WithMoreThanTheOlderFormKnows_KeepsItThere()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject made = await fixture.Client.CreateAsync(
            Newer,
            Autoscaler(Newer, ns, """
                {"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d"},"behavior":{"scaleDown":{"stabilizationWindowSeconds":5}},"metrics":[
                  {"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}},
                  {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":70}}}]}
                """),
            default);

        JsonObject older = (await fixture.Client.GetAsync(Older, ns, "h", default))!;
        older["spec"]!["maxReplicas"] = 7;
        await fixture.Client.ReplaceAsync(Older, older, null, default);
        JsonObject newer = (await fixture.Client.GetAsync(Newer, ns, "h", default))!;

        Assert.Equal(70, (int?)older["spec"]!["targetCPUUtilizationPercentage"]);
        Assert.Contains("memory", (string?)older["metadata"]!["annotations"]![Metrics], StringComparison.Ordinal);
        Assert.Equal(7, (int?)newer["spec"]!["maxReplicas"]);
        Assert.Equal(["cpu", "memory"], newer["spec"]!["metrics"]!.AsArray().Select(m => (string?)m!["resource"]!["name"]));
        Assert.True(JsonNode.DeepEquals(made["spec"]!["behavior"], newer["spec"]!["behavior"]), newer.ToJsonString());
        Assert.Null(newer["metadata"]!["annotations"]);
    }

    [Fact]
    public async Task Autoscale_OfKubectl_MakesOne()
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Kubectl.RunAsync("create", "deployment", "web", "--image=x", "--replicas=0", "-n", ns);

        string made = (await fixture.Kubectl.RunAsync("autoscale", "deployment", "web", "--max=3", "--cpu-percent=40", "-n", ns)).Success;
        string shown = (await fixture.Kubectl.RunAsync("get", "hpa", "-n", ns)).Success;

        Assert.Equal("horizontalpodautoscaler.autoscaling/web autoscaled\n", made);
        Assert.Matches(@"web\s+Deployment/web\s+cpu: <unknown>/40%\s+1\s+3\s+0\s+", shown);
    }

    private static JsonObject Autoscaler(ResourceType type, string ns, string spec)
    {
        JsonObject made = Resources.Make(type, ns, "h");
        made["spec"] = JsonNode.Parse(spec);
        return made;
    }
}
