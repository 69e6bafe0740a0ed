using System.Text.Json.Nodes;
using Sympozium.Abstractions.Admission;
using Sympozium.Testing.Admission;

namespace Sympozium.Abstractions.Tests.Admission;

public sealed class ResourceReviewerTests
{
    public static TheoryData<string> Names => [.. AdmissionCases.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Creation_OfTheTable_IsAnsweredWithEveryReason(string name)
    {
        AdmissionCase one = AdmissionCases.All.Single(one => one.Name == name);
        var created = (JsonObject)one.Created.DeepClone();
        var reviewer = new ResourceReviewer(new ManifestLookup(one.Present));
        var request = new ReviewRequest(ReviewOperation.Create, (string)created["kind"]!, created, null);

        FieldDefault.Apply(created, await reviewer.DefaultAsync(request, CancellationToken.None));
        ReviewAnswer answer = await reviewer.ReviewAsync(request, CancellationToken.None);

        Assert.Equal(one.Refusal, answer.Message);
        Assert.Contains(one.Warning, string.Join('\n', answer.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    // Instance, policy → what is filled into the run.
    [InlineData("{}", "{}", """{"timeout":"10m"}""")]
    [InlineData("{agents: {default: {model: m, runTimeout: 90s}}}", "{}", """{"timeout":"1m30s"}""")]
    [InlineData("{agents: {default: {model: m, runTimeout: 2h}}}", "{budgets: {maxRunDuration: 30m}}", """{"timeout":"30m"}""")]
    [InlineData("{}", "{template: Restrictive}", """{"timeout":"10m","sandbox":{"enabled":true}}""")]
    [InlineData("{agents: {default: {model: m, sandbox: {enabled: true}}}}", "{template: Restrictive}", """{"timeout":"10m"}""")]
    public async Task Run_WithoutItsOwnWords_GetsThoseOfInstanceAndPolicy(string instance, string policy, string expected)
    {
        JsonObject helper = Resource("SympoziumInstance", instance);
        helper["spec"]!["policyRef"] = "x";
        helper["spec"]!["agents"] ??= JsonNode.Parse("""{"default":{"model":"m"}}""");
        JsonObject run = Resource("AgentRun", "{agentRef: x, input: hi}");

        IReadOnlyList<FieldDefault> defaults = await new ResourceReviewer(new ManifestLookup([helper, Resource("SympoziumPolicy", policy)]))
            .DefaultAsync(new ReviewRequest(ReviewOperation.Create, "AgentRun", run, null), CancellationToken.None);
        var spec = new JsonObject { ["spec"] = new JsonObject() };
        FieldDefault.Apply(spec, defaults);

        Assert.Equal("x", (string?)spec["spec"]!["instanceRef"]);
        ((JsonObject)spec["spec"]!).Remove("instanceRef");
        Assert.Equal(expected, spec["spec"]!.ToJsonString());
    }

    [Fact]
    public void Defaults_AsAJsonPatch_MakeTheObjectsOnTheWay()
    {
        var run = new JsonObject { ["spec"] = new JsonObject() };
        JsonArray patch = FieldDefault.Patch(run, [new(["spec", "timeout"], "5m"), new(["spec", "sandbox", "enabled"], true), new(["metadata", "annotations", "a/b~c"], "x")]);

        Assert.Equal(
            """[{"op":"add","path":"/spec/timeout","value":"5m"},{"op":"add","path":"/spec/sandbox","value":{}},{"op":"add","path":"/spec/sandbox/enabled","value":true},{"op":"add","path":"/metadata","value":{}},{"op":"add","path":"/metadata/annotations","value":{}},{"op":"add","path":"/metadata/annotations/a~1b~0c","value":"x"}]""",
            patch.ToJsonString());
    }

    [Theory]
    [InlineData("{instanceRef: a, task: b}", "{instanceRef: a, task: b, cancel: true}", "")]
    [InlineData("{instanceRef: a, task: b}", "{agentRef: a, input: b}", "")]
    [InlineData("{instanceRef: a, task: b, timeout: 10m}", "{instanceRef: a, task: b}", "")]
    [InlineData("{instanceRef: a, task: b, sandbox: {enabled: true}}", "{instanceRef: a, task: b}", "")]
    [InlineData("{instanceRef: a, task: b}", "{instanceRef: a, task: c}", "spec.task: spec.task cannot be changed: an AgentRun's spec is fixed once it is admitted, except spec.cancel; create another run instead")]
    [InlineData("{instanceRef: a, task: b, env: {A: b}}", "{instanceRef: c, task: b, timeout: 1m}", "spec: spec.env, spec.instanceRef, spec.timeout cannot be changed: an AgentRun's spec is fixed once it is admitted, except spec.cancel; create another run instead")]
    [InlineData("{instanceRef: a, task: b, cancel: true}", "{instanceRef: a, task: b}", "spec.cancel: a run that is cancelled cannot be taken up again; create another run instead")]
    public async Task Run_OnceAdmitted_CanOnlyBeCancelled(string old, string now, string refusal) => Assert.Equal(refusal, await UpdateAsync(Resource("AgentRun", old), Resource("AgentRun", now)));

    [Theory]
    [InlineData("approve", "")]
    [InlineData("perhaps", "metadata.annotations[sympozium.ai/gate-verdict]: 'perhaps' is not a verdict; approve, reject, rewrite are")]
    public async Task Run_WithAGateVerdict_IsAccepted(string verdict, string refusal)
    {
        JsonObject now = Resource("AgentRun", "{instanceRef: a, task: b}");
        now["metadata"]!["annotations"] = new JsonObject { [SympoziumNames.GateVerdictAnnotation] = verdict };
        Assert.Equal(refusal, await UpdateAsync(Resource("AgentRun", "{instanceRef: a, task: b}"), now));
    }

    [Fact]
    public async Task Instance_ThatAPolicyRefusesNow_CanStillBeLabelledAndFinalized()
    {
        JsonObject old = Resource("SympoziumInstance", "{policyRef: x, provider: {name: openai, model: m}}");
        var labelled = (JsonObject)old.DeepClone();
        labelled["metadata"]!["labels"] = new JsonObject { ["a"] = "b" };
        var changed = (JsonObject)old.DeepClone();
        changed["spec"]!["systemPrompt"] = "x";
        var deleting = (JsonObject)changed.DeepClone();
        deleting["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        JsonObject policy = Resource("SympoziumPolicy", "{modelPolicy: {allowedModels: [other]}}");

        Assert.Equal("", await UpdateAsync(old, labelled, policy));
        Assert.Equal("", await UpdateAsync(old, deleting, policy));
        Assert.Contains("is not among the allowed ones (other)", await UpdateAsync(old, changed, policy), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann", "", "")]
    [InlineData("bob", "ops", "")]
    [InlineData("bob", "", "spec.decision: 'bob' may not decide; approvers are User 'ann', Group 'ops'")]
    [InlineData("root", "system:masters", "")]
    public async Task Approval_DecidedBySomebody_NamesThemAndNeedsAnApprover(string user, string group, string refusal)
    {
        JsonObject old = Resource("ToolApproval", "{runRef: r, callId: c, tool: execute_command, approvers: [{kind: User, name: ann}, {kind: Group, name: ops}]}");
        var now = (JsonObject)old.DeepClone();
        now["spec"]!["decision"] = new JsonObject { ["verdict"] = "approve", ["by"] = "somebody else" };
        var reviewer = new ResourceReviewer(new ManifestLookup([]));
        var request = new ReviewRequest(ReviewOperation.Update, "ToolApproval", now, old) { User = new ReviewUser(user, [group]) };

        FieldDefault.Apply(now, await reviewer.DefaultAsync(request, CancellationToken.None));
        ReviewAnswer answer = await reviewer.ReviewAsync(request, CancellationToken.None);

        Assert.Equal(user, (string?)now["spec"]!["decision"]!["by"]);
        Assert.Equal(refusal, answer.Message);
    }

    [Fact]
    public async Task Policy_ThatIsNamed_IsDeletedWithAWarning()
    {
        var reviewer = new ResourceReviewer(new ManifestLookup([Resource("Agent", "{policy: x, provider: {model: m}}")]));
        ReviewAnswer answer = await reviewer.ReviewAsync(new ReviewRequest(ReviewOperation.Delete, "SympoziumPolicy", Resource("SympoziumPolicy", "{}"), null), CancellationToken.None);

        Assert.True(answer.IsAllowed);
        Assert.Equal("SympoziumPolicy 'team/x' is named by Agent 'x'; runs under it do not start until it exists again or is no longer named", Assert.Single(answer.Warnings));
    }

    private static async Task<string> UpdateAsync(JsonObject old, JsonObject now, params JsonObject[] present)
    {
        var reviewer = new ResourceReviewer(new ManifestLookup(present));
        var request = new ReviewRequest(ReviewOperation.Update, (string)now["kind"]!, now, old);
        FieldDefault.Apply(now, await reviewer.DefaultAsync(request, CancellationToken.None));
        return (await reviewer.ReviewAsync(request, CancellationToken.None)).Message;
    }

    private static JsonObject Resource(string kind, string spec) => new()
    {
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "team" },
        ["spec"] = JsonNode.Parse(Kubernetes.Manifests.YamlReader.ReadSingle(spec, "test")!.ToJsonString()),
    };
}
