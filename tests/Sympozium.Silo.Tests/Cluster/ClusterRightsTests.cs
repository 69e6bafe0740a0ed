using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;
using Sympozium.Testing.Rights;
using Sympozium.TestSilo.Cluster;

namespace Sympozium.Silo.Tests.Cluster;

/// <summary>The rights that <c>k8s/cluster</c> gives to silos and gateways, against what they really ask for.</summary>
[Trait("Category", "Cluster")]
[Collection("Cluster")]
public sealed class ClusterRightsTests
{
    /// <summary>Asked for by an admission plugin that a local cluster does not have.</summary>
    private static readonly string[] NotSeen = ["update sympozium.ai/agentruns/finalizers", "update sympozium.ai/skillpacks/finalizers"];

    /// <summary>
    /// Used when something goes wrong (a log whose result did not arrive, events of a Job whose pod is refused, a run that ends before its Job, a caller
    /// who goes away), for calls of pods, which simulated ones do not make (the run of a token), and lists for servers that do not send initial objects
    /// over the watch.
    /// </summary>
    private static readonly string[] NotHere =
    [
        "get /pods/log", "list /events", "delete batch/jobs", "patch sympozium.ai/agentruns", "get sympozium.ai/agentruns", "list /secrets", "list batch/jobs",
        "list sympozium.ai/skillpacks", "list sympozium.ai/sympoziumpolicies", "list /namespaces", "list sympozium.ai/sympoziumconfigs",
    ];

    [Fact]
    public async Task Manifests_GrantWhatIsUsed_AndNothingElse()
    {
        await using ClusterInstallation installation = await ClusterInstallation.StartAsync();
        await using RecordingProxy silos = await ProxyAsync(installation, "manifests/rbac.yaml", "sympozium-control-plane");
        await using RecordingProxy gateways = await ProxyAsync(installation, "cluster/gateway.yaml", "sympozium-gateway");
        await using ControlPlanePart silo = installation.StartSilo("--kubeconfig", silos.Kubeconfig);
        await using ControlPlanePart gateway = installation.StartGateway("--kubeconfig", gateways.Kubeconfig);
        await Task.WhenAll(silo.ReadyAsync(), gateway.ReadyAsync());
        await installation.UseTokenAsync();
        await using SimulatedPods pods = installation.SimulatePods();

        await UseEverythingAsync(installation, pods);

        await SameAsync(silos, await GrantedAsync("sympozium-control-plane"));
        await SameAsync(gateways, await GrantedAsync("sympozium-gateway", "sympozium-cluster-identity"));
    }

    /// <summary>Every way through the control plane: policy, skill pack and its change, a run that succeeds, one over HTTP, one that is cancelled.</summary>
    private static async Task UseEverythingAsync(ClusterInstallation installation, SimulatedPods pods)
    {
        await CreateAsync(installation, SympoziumTypes.Policies, "open", new JsonObject { ["spec"] = new JsonObject { ["toolGating"] = new JsonObject { ["defaultAction"] = "allow" } } });
        await CreateAsync(installation, SympoziumTypes.SkillPacks, "manners", Pack("Say good day."));
        await UntilAsync(() => HasMapAsync(installation, "good day"));
        await installation.Client.PatchAsync(SympoziumTypes.SkillPacks, SimulatedPods.Namespace, "manners", new Patch(PatchType.Merge, Pack("Say good night.")), null, default);
        await UntilAsync(() => HasMapAsync(installation, "good night"));
        await CreateAsync(installation, SympoziumTypes.Agents, "second", new JsonObject
        {
            ["spec"] = new JsonObject { ["agents"] = new JsonObject { ["default"] = new JsonObject { ["model"] = "gpt-test" } }, ["authRefs"] = new JsonArray(new JsonObject { ["provider"] = "openai", ["secret"] = "key" }) },
        });
        await pods.CreateRunsAsync(2, atOnce: 2, _ => Task.CompletedTask);
        await pods.AllEndedAsync(TestTimeouts.WithProcesses);
        using var chat = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = $"{SimulatedPods.Namespace}/helper", messages = new[] { new { role = "user", content = "Hello?" } } }),
        };
        chat.Headers.Add("Idempotency-Key", "once");
        await OkAsync(installation, chat);

        await CreateAsync(installation, SympoziumTypes.AgentRuns, "cancelled", new JsonObject { ["spec"] = new JsonObject { ["instanceRef"] = "helper", ["task"] = "Wait.", ["cancel"] = true } });
        await UntilAsync(async () => (string?)(await installation.Client.GetAsync(SympoziumTypes.AgentRuns, SimulatedPods.Namespace, "cancelled", default))?["status"]?["phase"] == "Cancelled");
        foreach (string path in (string[])["v1/models", $"v1/models/{SimulatedPods.Namespace}%2Fsecond", $"api/v1/namespaces/{SimulatedPods.Namespace}/agentruns/cancelled/events"])
        {
            using var read = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            await OkAsync(installation, read);
        }
    }

    private static async Task OkAsync(ClusterInstallation installation, HttpRequestMessage request)
    {
        using HttpResponseMessage answer = await installation.Gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(answer.IsSuccessStatusCode, $"{request.RequestUri}: {answer.StatusCode}");
    }

    private static async Task SameAsync(RecordingProxy proxy, HashSet<string> granted)
    {
        await UntilAsync(() => Task.FromResult(granted.All(right => NotSeen.Contains(right) || NotHere.Contains(right) || proxy.Used.ContainsKey(right))), TestTimeouts.InProcess);
        string[] used = [.. proxy.Used.Keys.Order(StringComparer.Ordinal)];
        Assert.True(!used.Except(granted).Any(), $"Not granted: {string.Join(", ", used.Except(granted).Select(right => $"{right} ({proxy.Used[right]})"))}");
        string[] idle = [.. granted.Except(used).Except(NotSeen).Except(NotHere).Order(StringComparer.Ordinal)];
        Assert.True(idle.Length == 0, $"Granted and not used: {string.Join(", ", idle)}");
    }

    /// <summary>Rules of the roles of these names, as <c>kubectl apply -k k8s/cluster</c> has them.</summary>
    private static async Task<HashSet<string>> GrantedAsync(params string[] names)
    {
        Assert.True(Kubectl.Missing is null, Kubectl.Missing);
        using var home = new TemporaryDirectory();
        KubectlResult built = await new Kubectl(home["kubeconfig"]).RunAsync("kustomize", Path.Combine(RepositoryRoot.Path, "k8s", "cluster"));
        return GrantedRights.Of(YamlReader.ReadAll(built.Success, "cluster").Select(document => document.Root!).Where(role => names.Contains((string?)role["metadata"]!["name"])));
    }

    private static async Task<RecordingProxy> ProxyAsync(ClusterInstallation installation, string manifest, string account)
    {
        ClusterConnection connection = Kubeconfig.Load(await installation.KubeconfigOfAsync(manifest, account)).Connect(null, TimeProvider.System);
        return await RecordingProxy.StartAsync(connection.Server.ToString().TrimEnd('/'), (await connection.Credentials.GetAsync(default)).Token!);
    }

    private static async Task<bool> HasMapAsync(ClusterInstallation installation, string text) =>
        (await installation.Client.ListAsync(CoreTypes.ConfigMaps, SimulatedPods.Namespace, ListOptions.All, default)).Items.Any(map => map.ToJsonString().Contains(text, StringComparison.Ordinal));

    private static JsonObject Pack(string content) => new()
    {
        ["spec"] = new JsonObject { ["skills"] = new JsonArray(new JsonObject { ["name"] = "greeting", ["description"] = "How to greet.", ["content"] = content }) },
    };

    private static Task<JsonObject> CreateAsync(ClusterInstallation installation, ResourceType type, string name, JsonObject content)
    {
        content["apiVersion"] = type.ApiVersion;
        content["kind"] = type.Kind;
        content["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = SimulatedPods.Namespace };
        return installation.Client.CreateAsync(type, content, default);
    }

    /// <summary>With a limit of its own it ends quietly: what never comes is told by the comparison.</summary>
    private static async Task UntilAsync(Func<Task<bool>> wanted, TimeSpan? quietLimit = null)
    {
        using var deadline = new CancellationTokenSource(quietLimit ?? TestTimeouts.WithProcesses);
        while (!await wanted())
        {
            if (deadline.IsCancellationRequested)
            {
                Assert.True(quietLimit is not null, "What was waited for did not come.");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
    }
}
