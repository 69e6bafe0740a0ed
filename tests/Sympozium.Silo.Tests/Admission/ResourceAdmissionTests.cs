using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.Silo.Admission;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>Admission on a real local cluster with the real definitions.</summary>
public sealed class ResourceAdmissionTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private LocalClusterHost _cluster = null!;

    public async Task InitializeAsync()
    {
        var options = new LocalClusterOptions { DataDirectory = _directory["data"], Port = 0 };
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(file));
        }

        _cluster = await LocalClusterHost.StartAsync(options, [new ResourceAdmission(() => _cluster.Client)]);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Create_WithSeveralProblems_NamesEachWithItsPath()
    {
        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(
            () => CreateAsync("{instanceRef: a, agentRef: b, timeout: soon, env: {PATH: /x}}"));

        Assert.Equal(StatusReasons.Invalid, refused.Reason);
        Assert.All(
            ["spec.agentRef: ", "spec.task: ", "spec.timeout: 'soon' is not a positive duration", "spec.env.PATH: "],
            part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Update_OfARunsSpec_IsRefusedButForCancel()
    {
        await CreateAsync("{instanceRef: a, task: b}");

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => PatchAsync("task", "c"));
        JsonObject cancelled = await PatchAsync("cancel", true);

        Assert.Contains("spec.task cannot be changed", refused.Message, StringComparison.Ordinal);
        Assert.True((bool?)cancelled["spec"]!["cancel"]);
    }

    [Theory]
    [InlineData("User", "anna", true)]
    [InlineData("Group", "sre", true)]
    [InlineData("User", "bert", false)]
    [InlineData("Group", "dev", false)]
    public async Task Approval_WithApprovers_IsDecidedByThemOnly(string kind, string name, bool mayDecide)
    {
        string approval = $"{{apiVersion: sympozium.ai/v1alpha1, kind: ToolApproval, metadata: {{name: a}}, spec: {{runRef: r, callId: c, tool: t, approvers: [{{kind: {kind}, name: {name}}}]}}}}";
        var old = (JsonObject)YamlReader.ReadSingle(approval, "test")!;
        var decided = (JsonObject)old.DeepClone();
        decided["spec"]!["decision"] = new JsonObject { ["verdict"] = "approve" };
        var definition = new KindDefinition { Type = SympoziumTypes.ToolApprovals, Singular = "toolapproval", ListKind = "ToolApprovalList", Schema = Schema.Open, IsCustom = true };
        var request = new AdmissionRequest(AdmissionOperation.Update, definition, decided, old, null, DryRun: false, new UserInfo("anna", "sre"));

        AdmissionResult result = await new ResourceAdmission(() => _cluster.Client).ReviewAsync(request, CancellationToken.None);

        Assert.Equal(mayDecide, result.Refusal is null);
        Assert.Equal("anna", (string?)decided["spec"]!["decision"]!["by"]);
        Assert.Equal(mayDecide ? [] : [$"'anna' may not decide; approvers are {kind} '{name}'"], result.Causes.Select(cause => cause.Message));
    }

    private Task<JsonObject> CreateAsync(string spec) => _cluster.Client.CreateAsync(
        SympoziumTypes.AgentRuns,
        (JsonObject)YamlReader.ReadSingle($"{{apiVersion: sympozium.ai/v1alpha1, kind: AgentRun, metadata: {{name: r, namespace: default}}, spec: {spec}}}", "test")!,
        CancellationToken.None);

    private Task<JsonObject> PatchAsync(string field, JsonNode value) => _cluster.Client.PatchAsync(
        SympoziumTypes.AgentRuns, "default", "r", new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { [field] = value } }), null, CancellationToken.None);
}
