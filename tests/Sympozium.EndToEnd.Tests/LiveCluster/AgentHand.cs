using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>Plays agent and bridge of a pod that no node runs: their calls to broker and bus, with the run's token.</summary>
internal sealed class AgentHand(ClusterTeam team, ILiveControlPlane controlPlane)
{
    /// <summary>A model call as the agent makes it.</summary>
    public async Task<string> AskAsync(string run, string question)
    {
        using HttpClient agent = await ConnectAsync(run);
        using HttpResponseMessage response = await agent.PostAsJsonAsync("broker/v1/chat/completions", new { model = "scripted", messages = new[] { new { role = "user", content = question } } });
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return body;
    }

    /// <summary>The result as the bridge publishes it.</summary>
    public async Task FinishAsync(string run, string answer)
    {
        using HttpClient bridge = await ConnectAsync(run);
        var result = new JsonObject
        {
            ["topic"] = "agent.run.completed",
            ["timestamp"] = TimeProvider.System.GetUtcNow().ToString("o", CultureInfo.InvariantCulture),
            ["metadata"] = new JsonObject { ["agentRunID"] = run, ["namespace"] = team.Namespace, ["instanceName"] = ClusterTeam.Instance },
            ["data"] = new JsonObject { ["status"] = "success", ["response"] = answer },
        };
        using var content = new StringContent(new JsonArray(result).ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await bridge.PostAsync(new Uri("bus/v1/publish", UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<HttpClient> ConnectAsync(string run)
    {
        JsonObject secret = await team.WaitForAsync(CoreTypes.Secrets, $"metadata.name={run}-token", null, _ => true);
        string token = Encoding.ASCII.GetString(Convert.FromBase64String((string)secret["data"]!["token"]!));
        var client = new HttpClient { BaseAddress = new Uri(controlPlane.GatewayUrl + "/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
