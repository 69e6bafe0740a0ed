using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Cli.ModelStub;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>The small profile as a pod of the cluster, installed and used as docs/install.md says, with the credentials that its pod has.</summary>
[Trait("Category", "LiveCluster")]
[Collection(LiveClusterDefinition.Name)]
public sealed partial class LiveInClusterTests(LiveInstallation installation)
{
    private const string SystemNamespace = "sympozium-system";
    private const string Deployment = "deploy/sympozium-control-plane";
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    private static readonly ResourceType StorageClasses = new("storage.k8s.io", "v1", "storageclasses", "StorageClass", Namespaced: false);
    private static readonly string Timeout = ((int)LiveEnvironment.Patience.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    [LiveClusterFact(NeedsNode = true)]
    public async Task ControlPlane_InTheCluster_DoesRuns_AlsoAfterItsPodIsGone()
    {
        if (LiveEnvironment.SiloImage is not { } image || LiveEnvironment.IsClusterProfile)
        {
            throw new SkipTestException($"{LiveEnvironment.SiloImageVariable} names no image of the small profile that the cluster's nodes have.");
        }

        await installation.InsteadOfControlPlaneAsync(async () =>
        {
            try
            {
                await InstallAsync(image);
                await RunAsync();
            }
            finally
            {
                CliResult removed = await CliProcess.RunAsync("uninstall", "--timeout", Timeout, "--kubeconfig", LiveEnvironment.Kubeconfig!);
                Assert.True(removed.ExitCode == 0, removed.ToString());
            }
        });
    }

    private async Task InstallAsync(string image)
    {
        ResourceList classes = await installation.Client.ListAsync(StorageClasses, null, new ListOptions(), CancellationToken.None);
        bool hasStorage = classes.Items.Any(item => (string?)item["metadata"]!["annotations"]?[DefaultClass] == "true");
        CliResult installed = await CliProcess.RunAsync(
            ["install", "--silo-image", image, "--runner-image", LiveEnvironment.RunnerImage!, "--timeout", Timeout, "--kubeconfig", LiveEnvironment.Kubeconfig!, .. hasStorage ? (string[])[] : ["--no-volume"]]);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        Assert.Contains("Sympozium is installed.", installed.Error, StringComparison.Ordinal);
    }

    private async Task RunAsync()
    {
        // The control plane calls the model from its pod.
        await using ModelStubServer model = await ModelStubServer.StartAsync(
            ModelScriptReader.Read("scenarios: [{ turns: [{ say: from inside }] }]", "inline"), new ModelStubOptions { Address = IPAddress.Any }, CancellationToken.None);
        await using ClusterTeam team = await installation.CreateTeamAsync(modelUrl: new UriBuilder(model.OpenAiBaseUrl) { Host = installation.Host }.Uri.ToString());
        await team.CreateRunAsync("one", "Say where you are.");
        JsonObject run = await team.WaitForEndAsync("one");
        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{await LogAsync()}");
        Assert.Equal("from inside", (string?)run["status"]!["result"]);
        Assert.Equal("from inside", await AskAsync(team));

        await KubectlAsync("delete", "pod", "-l", "sympozium.ai/component=gateway", "--wait=true");
        await KubectlAsync("rollout", "status", Deployment, $"--timeout={Timeout}s");
        await team.CreateRunAsync("two", "Say where you are.");
        run = await team.WaitForEndAsync("two");
        Assert.True((string?)run["status"]!["phase"] == "Succeeded", $"{run.ToJsonString()}\n{await LogAsync()}");
        Assert.DoesNotContain(Installation.ProviderKey, await LogAsync(), StringComparison.Ordinal);
    }

    /// <summary>A request to the gateway from here: the token out of its pod, the way there by port-forward.</summary>
    private static async Task<string?> AskAsync(ClusterTeam team)
    {
        string token = (await KubectlAsync("exec", Deployment, "--", "cat", "/var/lib/sympozium/token")).Trim();
        using Process forward = LiveEnvironment.Kubectl().Start("-n", SystemNamespace, "port-forward", "service/sympozium-gateway", ":8080");
        try
        {
            string line = await forward.StandardOutput.ReadLineAsync().WaitAsync(LiveEnvironment.Patience) ?? await forward.StandardError.ReadToEndAsync();
            Match port = ForwardedPort().Match(line);
            Assert.True(port.Success, line);
            using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{port.Groups[1].Value}/"), Timeout = LiveEnvironment.Patience };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using HttpResponseMessage answer = await client.PostAsJsonAsync(
                "v1/chat/completions", new { model = $"{team.Namespace}/{ClusterTeam.Instance}", messages = new[] { new { role = "user", content = "Where are you?" } } });
            string body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{body}\n{await LogAsync()}");
            return (string?)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"];
        }
        finally
        {
            forward.Kill(entireProcessTree: true);
        }
    }

    private static Task<string> LogAsync() => KubectlAsync("logs", Deployment);

    private static async Task<string> KubectlAsync(params string[] arguments) => (await LiveEnvironment.Kubectl().RunAsync(["-n", SystemNamespace, .. arguments])).Success;

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex ForwardedPort();
}
