using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Testing;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>Silos and a gateway as processes of their own, on a real NATS and a real PostgreSQL beside a Kubernetes API over HTTPS.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterProfileTests
{
    [Fact]
    public async Task Runs_ThroughTwoSilosAndAGateway_AreDone()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using ControlPlanePart first = installation.StartSilo();
        await using ControlPlanePart second = installation.StartSilo();
        await using ControlPlanePart gateway = installation.StartGateway();
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await using SimulatedPods pods = SimulatedPods.Start(
            installation.Client, (result, token) => installation.Bus.PublishAsync(result, token).AsTask(), () => ValueTask.CompletedTask);

        await pods.CreateRunsAsync(40, atOnce: 8, _ => Task.CompletedTask);
        await pods.AllEndedAsync(TestTimeouts.WithProcesses);
        using HttpResponseMessage answer = await installation.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{SimulatedPods.Namespace}/helper", messages = new[] { new { role = "user", content = "Hello?" } } });
        string body = await answer.Content.ReadAsStringAsync();

        Assert.Empty(pods.WithTwoJobs);
        Assert.Empty(pods.EndedTwice);
        Assert.Empty(pods.NotSucceeded);
        Assert.True(answer.IsSuccessStatusCode, $"{body}\n{gateway.Log}\n{first.Log}");
        Assert.Equal("Hello.", (string?)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]);
        foreach (ControlPlanePart part in (ControlPlanePart[])[gateway, first, second])
        {
            Assert.True(await part.StopAsync() == 0, part.Log);
        }
    }
}
