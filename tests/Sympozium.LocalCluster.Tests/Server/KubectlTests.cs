using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Server;

public sealed class KubectlTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Widget = """
        apiVersion: example.com/v1
        kind: Widget
        metadata: {name: w, labels: {a: b}}
        spec: {size: 3}
        """;

    private Kubectl Kubectl => fixture.Kubectl;

    [Fact]
    public async Task Get_Widgets_PrintsTheColumnsOfTheDefinition()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        IReadOnlyList<string> rows = (await Kubectl.RunAsync("get", "wd", "-n", ns)).Rows;
        Assert.Equal("NAME SIZE PHASE", rows[0]);
        Assert.StartsWith("w 3", rows[1], StringComparison.Ordinal);
        Assert.Contains("a=b", (await Kubectl.RunAsync("get", "wd", "-n", ns, "--show-labels")).Success, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AsYamlJsonAndJsonPath_ShowsTheObject()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        Assert.Contains("color: red", (await Kubectl.RunAsync("get", "widget", "w", "-n", ns, "-o", "yaml")).Success, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse((await Kubectl.RunAsync("get", "widget/w", "-n", ns, "-o", "json")).Success)!;
        Assert.Equal(3, json["spec"]!["size"]!.GetValue<int>());
        Assert.Equal("3", (await Kubectl.RunAsync("get", "widget", "w", "-n", ns, "-o", "jsonpath={.spec.size}")).Success);
        Assert.Equal("widget.example.com/w", (await Kubectl.RunAsync("get", "widgets", "-n", ns, "-o", "name", "-l", "a=b")).Success.Trim());
    }

    [Fact]
    public async Task Apply_TwiceAndChanged_SaysUnchangedThenConfigured()
    {
        string ns = await fixture.NamespaceAsync();
        Assert.Contains("created", await ApplyAsync(ns, Widget), StringComparison.Ordinal);
        Assert.Contains("unchanged", await ApplyAsync(ns, Widget), StringComparison.Ordinal);
        Assert.Contains("configured", await ApplyAsync(ns, Widget.Replace("size: 3", "size: 4", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_UnknownField_IsRefusedByName()
    {
        string ns = await fixture.NamespaceAsync();
        KubectlResult result = await Kubectl.RunAsync(Widget.Replace("size: 3", "size: 3, oops: 1", StringComparison.Ordinal), ["apply", "-n", ns, "-f", "-"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("unknown field \"spec.oops\"", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replace_WithAnOldVersion_IsAConflict()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        string old = (await Kubectl.RunAsync("get", "widget", "w", "-n", ns, "-o", "json")).Success;
        (await Kubectl.RunAsync("label", "widget", "w", "-n", ns, "x=y")).Success.ToString();
        KubectlResult result = await Kubectl.RunAsync(old, ["replace", "-f", "-"]);
        Assert.Contains("Conflict", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merge", """{"spec":{"size":5}}""")]
    [InlineData("json", """[{"op":"replace","path":"/spec/size","value":5}]""")]
    public async Task Patch_Widget_ChangesIt(string type, string patch)
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        Assert.Contains("patched", (await Kubectl.RunAsync("patch", "widget", "w", "-n", ns, $"--type={type}", "-p", patch)).Success, StringComparison.Ordinal);
        Assert.Equal("5", (await Kubectl.RunAsync("get", "widget", "w", "-n", ns, "-o", "jsonpath={.spec.size}")).Success);
    }

    [Fact]
    public async Task Create_ByItsTypedCommands_MakesCoreObjects()
    {
        string ns = await fixture.NamespaceAsync();
        string[][] commands =
        [
            ["create", "configmap", "c", "--from-literal=k=v"], ["create", "secret", "generic", "s", "--from-literal=user=me"],
            ["create", "serviceaccount", "a"], ["create", "role", "r", "--verb=get", "--resource=pods"],
            ["create", "rolebinding", "b", "--role=r", "--serviceaccount=default:a"], ["create", "job", "j", "--image=busybox", "--", "echo", "hi"],
        ];
        foreach (string[] command in commands)
        {
            Assert.Contains("created", (await Kubectl.RunAsync(["-n", ns, .. command])).Success, StringComparison.Ordinal);
        }

        Assert.Equal("bWU=", (await Kubectl.RunAsync("get", "secret", "s", "-n", ns, "-o", "jsonpath={.data.user}")).Success);
        Assert.Equal("echo", (await Kubectl.RunAsync("get", "job", "j", "-n", ns, "-o", "jsonpath={.spec.template.spec.containers[0].command[0]}")).Success);
        Assert.Equal("yes", (await Kubectl.RunAsync("auth", "can-i", "delete", "pods")).Success.Trim());
    }

    [Fact]
    public async Task Delete_NamedAndMissing_AnswersAsKubernetesDoes()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        Assert.Contains("\"w\" deleted", (await Kubectl.RunAsync("delete", "widget", "w", "-n", ns)).Success, StringComparison.Ordinal);
        KubectlResult missing = await Kubectl.RunAsync("delete", "widget", "w", "-n", ns);
        Assert.Equal("Error from server (NotFound): widgets.example.com \"w\" not found", missing.Errors.Trim());
    }

    [Fact]
    public async Task Describe_Widget_ShowsItsEvents()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        JsonObject widget = (await fixture.Client.GetAsync(ClusterFixture.Widgets, ns, "w", CancellationToken.None))!;
        JsonObject happened = Resources.Make(CoreTypes.Events, ns, "w.1");
        happened["involvedObject"] = new JsonObject
        {
            ["apiVersion"] = "example.com/v1",
            ["kind"] = "Widget",
            ["name"] = "w",
            ["namespace"] = ns,
            ["uid"] = widget["metadata"]!["uid"]!.DeepClone(),
        };
        happened["reason"] = "Grown";
        happened["message"] = "It has grown.";
        happened["type"] = "Normal";
        await fixture.Client.CreateAsync(CoreTypes.Events, happened, CancellationToken.None);
        string text = (await Kubectl.RunAsync("describe", "widget", "w", "-n", ns)).Success;
        Assert.Contains("Size:", text, StringComparison.Ordinal);
        Assert.Contains("It has grown.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_ForStatus_EndsWhenItIsThere()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        Task<KubectlResult> waiting = Kubectl.RunAsync("wait", "--for=jsonpath={.status.phase}=Ready", "widget/w", "-n", ns, "--timeout=150s");
        Patch ready = new(PatchType.Merge, new JsonObject { ["status"] = new JsonObject { ["phase"] = "Ready" } });
        await fixture.Client.PatchAsync(ClusterFixture.Widgets, ns, "w", ready, "status", CancellationToken.None);
        Assert.Contains("condition met", (await waiting).Success, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Watching_PrintsARowForEachChange()
    {
        string ns = await fixture.NamespaceAsync();
        await ApplyAsync(ns, Widget);
        using Process watch = Kubectl.Start("get", "widget", "-n", ns, "-w", "--no-headers");
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        Assert.StartsWith("w", await watch.StandardOutput.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        Patch patch = new(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["size"] = 77 } });
        await fixture.Client.PatchAsync(ClusterFixture.Widgets, ns, "w", patch, null, limit.Token);
        Assert.Contains("77", await watch.StandardOutput.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        watch.Kill();
        await watch.WaitForExitAsync(limit.Token);
    }

    [Fact]
    public async Task ApiResources_AndExplain_KnowTheCustomKind()
    {
        Assert.Contains("widgets wd example.com/v1 true Widget", (await Kubectl.RunAsync("api-resources", "--api-group=example.com")).Rows);
        Assert.Contains("How large it is.", (await Kubectl.RunAsync("explain", "widget.spec.size")).Success, StringComparison.Ordinal);
        Assert.Contains("containers", (await Kubectl.RunAsync("explain", "pod.spec")).Success, StringComparison.Ordinal);
    }

    private async Task<string> ApplyAsync(string ns, string manifest) => (await Kubectl.RunAsync(manifest, ["apply", "-n", ns, "-f", "-"])).Success;
}
