using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Ownership;

public sealed class KubectlOwnershipTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Apply_OfAnothersField_IsAConflictUnlessForced()
    {
        string ns = await fixture.NamespaceAsync();
        Assert.Contains("serverside-applied", (await ApplyAsync(ns, "m1", "{a: '1', b: '2'}")).Success, StringComparison.Ordinal);
        KubectlResult refused = await ApplyAsync(ns, "m2", "{a: '9'}");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"m1\": .data.a", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("1", (await GetAsync(ns))["data"]!["a"]!.GetValue<string>());

        _ = (await ApplyAsync(ns, "m2", "{a: '9'}", "--force-conflicts")).Success;
        JsonNode forced = await GetAsync(ns);
        Assert.Equal("9", forced["data"]!["a"]!.GetValue<string>());
        Assert.Equal("""{"f:data":{"f:b":{}}}""", Fields(forced, "m1"));
        Assert.Equal("""{"f:data":{"f:a":{}}}""", Fields(forced, "m2"));
    }

    [Fact]
    public async Task Apply_ThatGivesUpAField_RemovesItWhenNobodyElseOwnsIt()
    {
        string ns = await fixture.NamespaceAsync();
        _ = (await ApplyAsync(ns, "m1", "{a: '1', b: '2', c: '3'}")).Success;
        _ = (await ApplyAsync(ns, "m2", "{b: '2'}")).Success;
        _ = (await ApplyAsync(ns, "m1", "{a: '1'}")).Success;
        JsonNode left = await GetAsync(ns);
        Assert.Equal("""{"a":"1","b":"2"}""", left["data"]!.ToJsonString());
        _ = (await ApplyAsync(ns, "m2", "{}")).Success;
        Assert.Equal("""{"a":"1"}""", (await GetAsync(ns))["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_TwiceTheSame_KeepsTheVersion()
    {
        string ns = await fixture.NamespaceAsync();
        _ = (await ApplyAsync(ns, "m1", "{a: '1'}")).Success;
        string first = (await GetAsync(ns))["metadata"]!["resourceVersion"]!.GetValue<string>();
        _ = (await ApplyAsync(ns, "m1", "{a: '1'}")).Success;
        Assert.Equal(first, (await GetAsync(ns))["metadata"]!["resourceVersion"]!.GetValue<string>());
        _ = (await ApplyAsync(ns, "m1", "{a: '2'}", "--dry-run=server")).Success;
        Assert.Equal(first, (await GetAsync(ns))["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task Apply_AfterAClientSideApply_TakesItsFieldsOver()
    {
        string ns = await fixture.NamespaceAsync();
        string[] apply = ["apply", "-n", ns, "-f", "-"];
        _ = (await fixture.Kubectl.RunAsync(Manifest("{a: '1', b: '2'}"), apply)).Success;
        _ = (await fixture.Kubectl.RunAsync(Manifest("{a: '3'}"), [.. apply, "--server-side"])).Success;
        JsonNode taken = await GetAsync(ns);
        Assert.Equal("""{"a":"3"}""", taken["data"]!.ToJsonString());
        Assert.Contains("f:a", Fields(taken, "kubectl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patch_OfTheStatus_IsAnEntryOfItsOwn()
    {
        string ns = await fixture.NamespaceAsync();
        const string Widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n";
        _ = (await fixture.Kubectl.RunAsync(Widget, ["apply", "-n", ns, "--server-side", "--field-manager=m1", "-f", "-"])).Success;
        _ = (await fixture.Kubectl.RunAsync(
            "patch", "widget", "w", "-n", ns, "--subresource=status", "--type=merge", "--field-manager=ctl", "-p", """{"status":{"phase":"P"}}""")).Success;
        JsonNode widget = JsonNode.Parse((await fixture.Kubectl.RunAsync("get", "widget", "w", "-n", ns, "-o", "json", "--show-managed-fields")).Success)!;
        JsonNode status = Entry(widget, "ctl");
        Assert.Equal("status", status["subresource"]!.GetValue<string>());
        Assert.Equal("""{"f:status":{".":{},"f:phase":{}}}""", status["fieldsV1"]!.ToJsonString());
        Assert.Equal("""{"f:spec":{"f:size":{}}}""", Fields(widget, "m1"));
    }

    private static string Manifest(string data) => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {data}\n";

    private static JsonNode Entry(JsonNode resource, string manager) =>
        Assert.Single(resource["metadata"]!["managedFields"]!.AsArray(), entry => (string?)entry!["manager"] == manager)!;

    private static string Fields(JsonNode resource, string manager) => Entry(resource, manager)["fieldsV1"]!.ToJsonString();

    private Task<KubectlResult> ApplyAsync(string ns, string manager, string data, params string[] more) =>
        fixture.Kubectl.RunAsync(Manifest(data), ["apply", "-n", ns, "--server-side", $"--field-manager={manager}", .. more, "-f", "-"]);

    private async Task<JsonNode> GetAsync(string ns) =>
        JsonNode.Parse((await fixture.Kubectl.RunAsync("get", "cm", "a", "-n", ns, "-o", "json", "--show-managed-fields")).Success)!;
}
