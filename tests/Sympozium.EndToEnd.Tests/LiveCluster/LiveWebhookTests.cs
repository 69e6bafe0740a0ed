using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>The admission webhook as the cluster's own API server calls it: certificates of ours, its authority put into the configurations.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed class LiveWebhookTests(LiveInstallation installation)
{
    [LiveClusterFact]
    public async Task Webhook_IsTrustedAndAsked_RefusesWithEveryReason_AndFillsInDefaults()
    {
        await using ClusterTeam team = await installation.CreateTeamAsync(played: true);
        await team.CreateAsync(SympoziumTypes.Policies, "strict", new JsonObject
        {
            ["spec"] = new JsonObject { ["toolGating"] = new JsonObject { ["defaultAction"] = "allow" } },
        });
        IReadOnlyList<JsonObject> configurations = WebhookManifests.Configurations(LiveInstallation.WebhookName, installation.Webhook, team.Namespace);
        try
        {
            foreach (JsonObject configuration in configurations)
            {
                configuration["metadata"]!["labels"] = LiveRun.Labels;
                await team.Client.CreateAsync(WebhookManifests.TypeOf(configuration), configuration, CancellationToken.None);
            }

            foreach (JsonObject configuration in configurations)
            {
                await team.WaitForAsync(
                    WebhookManifests.TypeOf(configuration), $"metadata.name={LiveInstallation.WebhookName}", null,
                    seen => seen["webhooks"]!.AsArray().All(webhook => webhook!["clientConfig"]!["caBundle"] is not null), everywhere: true);
            }

            await UntilAskedAsync(team);
            await RefusesAsync(team);
            await FillsInAsync(team);
        }
        finally
        {
            foreach (JsonObject configuration in configurations)
            {
                await team.Client.DeleteAsync(WebhookManifests.TypeOf(configuration), null, LiveInstallation.WebhookName, DeleteOptions.Background, CancellationToken.None);
            }
        }
    }

    private static async Task RefusesAsync(ClusterTeam team)
    {
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => team.CreateRunAsync(
            "bad", "Answer.", new JsonObject { ["timeout"] = "soon", ["env"] = new JsonObject { ["PATH"] = "/x" } }));
        Assert.Contains("spec.timeout", refused.Message, StringComparison.Ordinal);
        Assert.Contains("spec.env.PATH", refused.Message, StringComparison.Ordinal);
    }

    private static async Task FillsInAsync(ClusterTeam team)
    {
        JsonObject run = await team.CreateRunAsync("good", "Answer.");
        Assert.True(((JsonObject)run["spec"]!).Count > 2, $"Nothing was filled in: {run.ToJsonString()}");
        KubernetesException changed = await Assert.ThrowsAsync<KubernetesException>(() => PatchAsync(team, new JsonObject { ["task"] = "Something else." }));
        Assert.Contains("spec.task cannot be changed", changed.Message, StringComparison.Ordinal);
        await PatchAsync(team, new JsonObject { ["cancel"] = true });
    }

    private static Task<JsonObject> PatchAsync(ClusterTeam team, JsonObject spec) => team.Client.PatchAsync(
        SympoziumTypes.AgentRuns, team.Namespace, "good", new Patch(PatchType.Merge, new JsonObject { ["spec"] = spec }), null, CancellationToken.None);

    /// <summary>
    /// An API server notices configurations a moment later; until then it lets everything through. One that cannot reach this machine says so in the
    /// refusal, since the policy of failures is Fail.
    /// </summary>
    private async Task UntilAskedAsync(ClusterTeam team)
    {
        using var deadline = new CancellationTokenSource(LiveEnvironment.Patience);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await team.CreateRunAsync($"asked-{attempt}", "Answer.", new JsonObject { ["timeout"] = "soon" });
            }
            catch (KubernetesException e) when (e.Message.Contains("spec.timeout", StringComparison.Ordinal) && !e.Message.Contains("failed calling webhook", StringComparison.Ordinal))
            {
                return;
            }
            catch (KubernetesException e) when (IsUnreachable(e.Message))
            {
                throw new SkipTestException($"The API server cannot reach the webhook at {installation.Webhook}: {e.Message} ({LiveEnvironment.GatewayHostVariable} names the address of this machine.)");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>In the words of Go's network library; a certificate that is not trusted is no such thing, and fails the test.</summary>
    private static bool IsUnreachable(string message) => message.Contains("failed calling webhook", StringComparison.Ordinal)
        && ((string[])["connection refused", "no route to host", "i/o timeout", "context deadline exceeded", "Client.Timeout", "network is unreachable", "connection reset"])
        .Any(text => message.Contains(text, StringComparison.Ordinal));
}
