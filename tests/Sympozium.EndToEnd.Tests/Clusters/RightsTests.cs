using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Testing;
using Sympozium.Testing.Rights;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary>The rights of <c>k8s/manifests/rbac.yaml</c> against what a control plane really asks for.</summary>
public sealed class RightsTests
{
    private const string Script = "scenarios: [{ turns: [{ say: Hello. }] }]";

    /// <summary>Asked for by an admission plugin that a local cluster does not have.</summary>
    private static readonly string[] NotSeen = ["update sympozium.ai/agentruns/finalizers", "update sympozium.ai/skillpacks/finalizers"];

    [Theory]
    [InlineData("GET", "/api/v1/pods", true, "watch /pods")]
    [InlineData("GET", "/api/v1/namespaces/n/pods", false, "list /pods")]
    [InlineData("GET", "/api/v1/namespaces/n/pods/p/log", false, "get /pods/log")]
    [InlineData("PATCH", "/apis/sympozium.ai/v1alpha1/namespaces/n/agentruns/r/status", false, "patch sympozium.ai/agentruns/status")]
    [InlineData("GET", "/api/v1/namespaces/n", false, "get /namespaces")]
    [InlineData("GET", "/version", false, null)]
    [InlineData("GET", "/apis", false, null)]
    public void Request_NeedsARight(string method, string path, bool watch, string? right) => Assert.Equal(right, RecordingProxy.Right(method, path, watch));

    [Fact]
    public async Task Manifest_GrantsWhatIsUsed_AndNothingElse()
    {
        await using ModelStubServer model = await ModelStubServer.StartAsync(Script);
        await using RemoteCluster cluster = await SmallProfileTests.InstalledAsync(withNode: true);
        await using RecordingProxy proxy = await RecordingProxy.StartAsync(cluster.Url, await TokenAsync(cluster));
        await using SiloProcess silo = await SiloProcess.StartReadyAsync(proxy.Kubeconfig);
        await using ClusterTeam team = await ClusterTeam.CreateAsync(cluster.Kubeconfig, model.OpenAiBaseUrl);

        // Every way through the control plane: policy, skill pack and its change, a run that succeeds, one over HTTP, one that is cancelled, one whose result is in the log only.
        await team.CreateAsync(SympoziumTypes.Policies, "open", new JsonObject { ["spec"] = new JsonObject { ["toolGating"] = new JsonObject { ["defaultAction"] = "allow" } } });
        await team.CreateAsync(SympoziumTypes.SkillPacks, "manners", Pack("Say good day."));
        await team.WaitForAsync(CoreTypes.ConfigMaps, null, null, map => map.ToJsonString().Contains("good day", StringComparison.Ordinal));
        await team.Client.PatchAsync(SympoziumTypes.SkillPacks, team.Namespace, "manners", new Patch(PatchType.Merge, Pack("Say good night.")), null, CancellationToken.None);
        await team.WaitForAsync(CoreTypes.ConfigMaps, null, null, map => map.ToJsonString().Contains("good night", StringComparison.Ordinal));
        await team.CreateAsync(SympoziumTypes.Agents, "second", new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["agents"] = new JsonObject { ["default"] = new JsonObject { ["model"] = "scripted" } },
                ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = "provider" }),
            },
        });
        await team.CreateRunAsync("one", "Greet.");
        Assert.Equal("Succeeded", (string?)(await team.WaitForEndAsync("one"))["status"]!["phase"]);
        using HttpResponseMessage answer = await silo.Gateway.PostAsJsonAsync(
            "v1/chat/completions", new { model = $"{team.Namespace}/{ClusterTeam.Instance}", messages = new[] { new { role = "user", content = "Hello" } } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await CancelAsync(team);
        await UntilAsync(() => Granted().All(right => NotSeen.Contains(right) || InFailuresOnly.Contains(right) || proxy.Used.ContainsKey(right)));

        string[] granted = [.. Granted().Order(StringComparer.Ordinal)];
        string[] used = [.. proxy.Used.Keys.Order(StringComparer.Ordinal)];
        Assert.True(!used.Except(granted).Any(), $"Not granted: {string.Join(", ", used.Except(granted).Select(right => $"{right} ({proxy.Used[right]})"))}");
        Assert.True(!granted.Except(used).Except(NotSeen).Except(InFailuresOnly).Any(), $"Granted and not used: {string.Join(", ", granted.Except(used).Except(NotSeen).Except(InFailuresOnly))}");
    }

    /// <summary>
    /// Used when something goes wrong (a log whose result did not arrive, events of a Job whose pod is refused, a caller who goes away), and lists for
    /// servers that do not send initial objects over the watch.
    /// </summary>
    private static string[] InFailuresOnly =>
    [
        "get /pods/log", "list /events", "patch sympozium.ai/agentruns", "list /secrets", "list batch/jobs", "list sympozium.ai/skillpacks", "list sympozium.ai/sympoziumpolicies",
        "list /namespaces", "list sympozium.ai/sympoziumconfigs",
    ];

    private static async Task CancelAsync(ClusterTeam team)
    {
        await team.CreateAsync(SympoziumTypes.AgentRuns, "cancelled", new JsonObject
        {
            ["spec"] = new JsonObject { ["instanceRef"] = ClusterTeam.Instance, ["task"] = "Wait.", ["cancel"] = false },
        });
        await team.WaitForAsync(CoreTypes.Jobs, "metadata.name=cancelled", null, _ => true);
        await team.Client.PatchAsync(
            SympoziumTypes.AgentRuns, team.Namespace, "cancelled", new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }), null, CancellationToken.None);
        await team.WaitForEndAsync("cancelled");
    }

    private static JsonObject Pack(string content) => new()
    {
        ["spec"] = new JsonObject { ["skills"] = new JsonArray(new JsonObject { ["name"] = "greeting", ["description"] = "How to greet.", ["content"] = content }) },
    };

    private static HashSet<string> Granted() => GrantedRights.Of("manifests/rbac.yaml");

    private static async Task<string> TokenAsync(RemoteCluster cluster) =>
        (await Kubeconfig.Load(cluster.Kubeconfig).Connect(null, TimeProvider.System).Credentials.GetAsync(CancellationToken.None)).Token!;

    /// <summary>Waits for what comes late (a withdrawn token, a count); what never comes is told by the comparison.</summary>
    private static async Task UntilAsync(Func<bool> wanted)
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.InProcess);
        while (!wanted() && !deadline.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
