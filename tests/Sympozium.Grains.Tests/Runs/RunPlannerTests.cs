using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Grains.Runs;
using Sympozium.Grains.Tests.Support;

namespace Sympozium.Grains.Tests.Runs;

public sealed class RunPlannerTests
{
    public static TheoryData<string, string, string, string> Refusals => new()
    {
        { "{task: null}", "{}", RunFailureReasons.InvalidSpec, "spec.task: is required" },
        { "{mode: server}", "{}", RunFailureReasons.InvalidSpec, "spec.mode: 'server' is not supported" },
        { "{lifecycle: {preRun: []}}", "{}", RunFailureReasons.InvalidSpec, "spec.lifecycle: hooks and gates are not supported" },
        { "{agentSandbox: {enabled: true}}", "{}", RunFailureReasons.InvalidSpec, "spec.agentSandbox: the agent-sandbox backend" },
        { "{model: {modelRef: local}}", "{}", RunFailureReasons.InvalidSpec, "spec.model.modelRef: 'local' cannot be used" },
        { "{timeout: soon}", "{}", RunFailureReasons.InvalidSpec, "spec.timeout: 'soon' is not a positive duration" },
        { "{timeout: 9000h}", "{}", RunFailureReasons.InvalidSpec, "spec.timeout: '9000h' is too long; at most 8760h" },
        { "{}", "{provider: {name: openai}}", RunFailureReasons.InvalidSpec, "instance 'helper', spec.agents.default.model: is required" },
        { "{}", "{policyRef: strict}", RunFailureReasons.ReferenceNotFound, "instance 'helper', spec.policyRef: no SympoziumPolicy 'strict' exists in namespace 'team'" },
        { "{skills: [k8s-ops]}", "{}", RunFailureReasons.ReferenceNotFound, "spec.skills: no SkillPack 'k8s-ops' exists in namespace 'team' or 'sympozium-system'" },
        { "{}", "{provider: {name: openai, model: m, apiKeySecret: none}}", RunFailureReasons.MissingCredentials, "no Secret 'none' exists in namespace 'team'" },
        { "{}", "{provider: {name: openai, model: m}}", RunFailureReasons.MissingCredentials, "the provider 'openai' needs a key" },
        { "{model: {authSecretRef: other}}", "{}", RunFailureReasons.MissingCredentials, "no Secret 'other' exists" },
        { "{model: {baseURL: 'http://elsewhere.example'}}", "{}", RunFailureReasons.InvalidSpec, "spec.model.authSecretRef: is required with spec.model.baseURL" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Plan_OfARunThatCannotStart_IsRefusedWithReasonAndMessage(string run, string instance, string reason, string message)
    {
        PlanResult result = RunPlanner.Plan(Inputs.With(run, instance));
        Assert.Null(result.Plan);
        Assert.Equal(reason, result.Reason);
        Assert.Contains(message, string.Join("\n", result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_WithoutInstance_NamesWhatToCreate()
    {
        PlanResult result = RunPlanner.Plan(Inputs.With() with { Instance = null });
        Assert.Equal(RunFailureReasons.ReferenceNotFound, result.Reason);
        Assert.Contains("no SympoziumInstance or Agent 'helper' exists in namespace 'team'", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_WithAnEmptySecret_NamesTheKeysItNeeds() => Assert.Contains(
        "is empty; it needs 'apiKey' or 'OPENAI_API_KEY'",
        Assert.Single(RunPlanner.Plan(Inputs.With() with { SecretKeys = new Dictionary<string, IReadOnlySet<string>> { ["openai-secret"] = new HashSet<string>() } }).Problems).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Plan_WithSeveralFaults_ListsAllAtOnce()
    {
        PlanResult result = RunPlanner.Plan(Inputs.With(
            "{skills: [a, b], mode: server}", "{policyRef: strict, provider: {name: anthropic, model: m, apiKeySecret: none}}"));
        Assert.Equal(5, result.Problems.Count);
        Assert.Null(result.Plan);
    }

    [Fact]
    public void Plan_OfInputThatDoesNotFitAConfigMap_IsRefused()
    {
        RunInputs inputs = Inputs.With();
        inputs.Run["spec"]!["task"] = new string('x', RunPlanner.MaxInputBytes);
        Assert.Contains("at most 921600 fit", Assert.Single(RunPlanner.Plan(inputs).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_OfASimpleRun_HasTheDefaults()
    {
        RunPlan plan = Plan();
        Assert.Equal(("primary", "hello", "Say hello.", "You help."), (plan.AgentId, plan.SessionKey, plan.Task, plan.SystemPrompt));
        Assert.Equal(TimeSpan.FromMinutes(10), plan.Timeout);
        Assert.False(plan.EgressAllowed);
        Assert.Empty(plan.Tools.Layers);
        Assert.Empty(plan.Warnings);
        Assert.Null(plan.Messages);
    }

    [Theory]
    // run, instance → provider/model/base URL/secret
    [InlineData("{}", "{}", "openai/gpt-4o//openai-secret")]
    [InlineData("{model: {name: gpt-5}}", "{}", "openai/gpt-5//openai-secret")]
    [InlineData("{model: {model: gpt-5}}", "{}", "openai/gpt-5//openai-secret")]
    [InlineData("{model: {authSecretRef: other-secret}}", "{}", "openai/gpt-4o//other-secret")]
    [InlineData("{}", "{provider: {name: OpenAI, model: m, apiKeySecret: openai-secret}}", "openai/m//openai-secret")]
    [InlineData("{}", "{provider: {name: ollama, model: llama3}}", "ollama/llama3//")]
    [InlineData("{}", "{provider: null, agents: {default: {model: m, baseURL: 'http://box:11434/v1'}}}", "ollama/m/http://box:11434/v1/")]
    [InlineData("{}", "{provider: null, agents: {default: {model: m}}, authRefs: [{secret: openai-secret}]}", "openai/m//openai-secret")]
    [InlineData("{}", "{provider: null, agents: {default: {model: m, baseURL: 'http://gate'}}, authRefs: [{secret: openai-secret}]}", "openai/m/http://gate/openai-secret")]
    [InlineData("{model: {provider: openai}}", "{provider: null, agents: {default: {model: m, baseURL: 'http://gate'}}, authRefs: [{secret: openai-secret}]}", "openai/m/http://gate/openai-secret")]
    [InlineData("{}", "{provider: null, agents: {default: {model: m}}, authRefs: [{provider: anthropic, secret: x}, {provider: openai, secret: openai-secret}]}", "!")]
    [InlineData("{model: {provider: openai}}", "{provider: null, agents: {default: {model: m}}, authRefs: [{provider: anthropic, secret: x}, {provider: openai, secret: openai-secret}]}", "openai/m//openai-secret")]
    [InlineData("{model: {provider: anthropic, authSecretRef: other-secret}}", "{provider: {name: ollama, model: m, baseURL: 'http://box'}}", "anthropic/m//other-secret")]
    [InlineData("{model: {baseURL: 'http://run', authSecretRef: other-secret}}", "{}", "openai/gpt-4o/http://run/other-secret")]
    [InlineData("{model: {baseURL: 'http://same'}}", "{provider: {name: openai, model: m, apiKeySecret: openai-secret, baseURL: 'http://same'}}", "openai/m/http://same/openai-secret")]
    public void Model_OfRunAndInstance_IsTheRunsElseTheInstances(string run, string instance, string expected)
    {
        ModelRoute? route = RunPlanner.Plan(Inputs.With(run, instance, OtherSecret)).Plan?.Model;
        Assert.Equal(expected, route is null ? "!" : $"{route.Provider}/{route.Model}/{route.BaseUrl}/{route.SecretName}");
    }

    [Fact]
    public void Model_OfASecretWithKeyAndBaseUrl_IsLeftToTheBroker()
    {
        // The document's gateway: OPENAI_API_KEY and OPENAI_BASE_URL in one secret, and nothing in the instance.
        RunInputs inputs = Inputs.With(instance: "{provider: null, agents: {default: {model: qwen3.5}}, authRefs: [{secret: sympozium-llm-key}]}", more: """
            apiVersion: v1
            kind: Secret
            metadata: {name: sympozium-llm-key, namespace: team}
            data: {OPENAI_API_KEY: eA==, OPENAI_BASE_URL: eA==}
            """);
        ModelRoute route = RunPlanner.Plan(inputs).Plan!.Model;
        Assert.Equal(("openai", "qwen3.5", null, "sympozium-llm-key", "team"), (route.Provider, route.Model, route.BaseUrl, route.SecretName, route.SecretNamespace));
    }

    [Fact]
    public void DryRun_WithoutCredentials_IsPlanned() =>
        Assert.True(RunPlanner.Plan(Inputs.With("{dryRun: true}", "{provider: {name: openai, model: m}}")).Plan!.DryRun);

    [Theory]
    [InlineData(null, false)]
    [InlineData("{}", false)]
    [InlineData("{template: Permissive}", true)]
    [InlineData("{template: Default}", false)]
    [InlineData("{template: Permissive, networkPolicy: {denyAll: true}}", false)]
    [InlineData("{template: Permissive, networkPolicy: {allowDNS: true}}", false)]
    [InlineData("{template: Restrictive, networkPolicy: {denyAll: false}}", true)]
    [InlineData("{networkPolicy: {denyAll: false}}", true)]
    public void Network_OfARun_IsClosedUnlessThePolicyOpensIt(string? policy, bool open) => Assert.Equal(open, WithPolicy(policy).EgressAllowed);

    [Fact]
    public void Policy_WithAnEgressList_WarnsThatItIsNotEvaluated() => Assert.Contains(
        "allowedEgress is not evaluated", Assert.Single(WithPolicy("{networkPolicy: {denyAll: true, allowedEgress: [{host: example.org, port: 443}]}}").Warnings), StringComparison.Ordinal);

    [Fact]
    public void Policy_WithWishesThatAreNotKept_WarnsOfEach() => Assert.Equal(
        [
            "policy 'team/rules' of the instance, rule spec.sandboxPolicy.defaultImage is not evaluated by this version: agents run in the runner's image",
            "policy 'team/rules' of the instance, rule spec.sandboxPolicy.seccompProfile.type is not evaluated by this version: pods have the profile RuntimeDefault",
        ],
        WithPolicy("{sandboxPolicy: {defaultImage: x, seccompProfile: {type: Localhost}}}").Warnings);

    [Theory]
    // Policy's caps and run's wish → requests and limits of the agent.
    [InlineData("{}", "{}", "250m/512Mi 1/1Gi")]
    [InlineData("{maxCPU: 500m, maxMemory: 256Mi}", "{}", "250m/256Mi 500m/256Mi")]
    [InlineData("{maxCPU: 4}", "{sandbox: {enabled: true, resources: {limits: {cpu: '2', memory: 2Gi}}}}", "250m/512Mi 2/2Gi")]
    [InlineData("{}", "{sandbox: {enabled: true, resources: {requests: {cpu: '1', memory: 1Gi}, limits: {cpu: 500m}}}}", "500m/1Gi 500m/1Gi")]
    public void Resources_OfTheAgent_AreWhatTheSandboxAsksWithinThePolicy(string sandbox, string run, string expected)
    {
        AgentResources resources = Plan(run, "{policyRef: rules}", $"{{kind: SympoziumPolicy, metadata: {{name: rules, namespace: team}}, spec: {{sandboxPolicy: {sandbox}}}}}").Resources;
        Assert.Equal(expected, $"{resources.CpuRequest}/{resources.MemoryRequest} {resources.CpuLimit}/{resources.MemoryLimit}");
    }

    [Fact]
    public void Policy_ThatRefuses_EndsThePlanAtOnceThoughSomethingElseIsMissing()
    {
        PlanResult result = RunPlanner.Plan(Inputs.With(
            "{toolPolicy: {allow: [write_file]}, skills: [none], env: {A: b}}", "{policyRef: rules}",
            "{kind: SympoziumPolicy, metadata: {name: rules, namespace: team}, spec: {template: Restrictive, allowedTools: [read_file]}}"));

        Assert.Equal(RunFailureReasons.PolicyDenied, result.Reason);
        Assert.Contains(
            "spec.toolPolicy.allow[0]: the tool 'write_file' is denied; refused by policy 'team/rules' of the instance, rule spec.allowedTools",
            result.Problems.Select(problem => problem.ToString()));
        Assert.Contains(result.Problems, problem => problem.Path == "spec.skills");
    }

    [Theory]
    [InlineData("{sandbox: {enabled: true, runtimeClass: gvisor}}", "gvisor")]
    [InlineData("{sandbox: {enabled: false, runtimeClass: gvisor}}", null)]
    [InlineData("{sandboxPolicy: {runtimeClass: gvisor}}", "gvisor")]
    [InlineData("{}", null)]
    public void Sandbox_OfThePolicy_DecidesTheRuntimeClass(string policy, string? expected) => Assert.Equal(expected, WithPolicy(policy).RuntimeClass);

    [Fact]
    public void Skills_OfTheRun_ReplaceTheInstances()
    {
        RunPlan plan = Plan("{skills: [skillpack-near, far, {configMapRef: notes}]}", "{skills: [ignored]}", """
            {kind: SkillPack, metadata: {name: near, namespace: team}, spec: {skills: [{name: a, content: A}], sidecar: {image: x}}}
            ---
            {kind: SkillPack, metadata: {name: far, namespace: sympozium-system}, spec: {skills: [{name: b, description: About b, content: B}]}}
            """);
        Assert.Equal(["near", "notes"], plan.SkillConfigMaps);
        SkillFiles mirrored = Assert.Single(plan.MirroredSkills);
        Assert.Equal(("far", "# b\n\n> About b\n\nB\n"), (mirrored.Pack, mirrored.Files["b.md"]));
        Assert.Contains("SkillPack 'near' has a sidecar", Assert.Single(plan.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void History_WithContentParts_GivesTheLastQuestionAsTask()
    {
        RunPlan plan = Plan("{task: null, messages: [{role: user, content: first}, {role: assistant, content: answer}, {role: user, content: [{type: text, text: one}, {type: image_url}, {type: text, text: two}]}]}");
        Assert.Equal("one\ntwo", plan.Task);
        Assert.Equal(3, JsonNode.Parse(plan.Messages!)!.AsArray().Count);
    }

    [Theory]
    [InlineData("[{role: 7, content: x}]")]
    [InlineData("[{role: user, content: 7}]")]
    [InlineData("[{role: user, content: [7, {text: 7}]}]")]
    public void History_OfOddTypes_IsPlannedWithoutThrowing(string messages) => Assert.Equal("", Plan($"{{task: null, messages: {messages}}}").Task);

    [Fact]
    public void Settings_OfTheRun_WinOverTheInstances()
    {
        RunPlan plan = Plan(
            "{env: {A: run, C: run}, timeout: 90s, systemPrompt: Be brief., model: {nodeSelector: {disk: ssd}}}",
            "{agents: {default: {env: {A: instance, B: instance}, runTimeout: 1h, nodeSelector: {gpu: 'yes'}}}, channels: [{type: slack}], imagePullSecrets: [{name: pull}]}");
        Assert.Equal("A=run B=instance C=run", string.Join(' ', plan.Env.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal("disk=ssd gpu=yes", string.Join(' ', plan.NodeSelector.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal((TimeSpan.FromSeconds(90), "Be brief."), (plan.Timeout, plan.SystemPrompt));
        Assert.Equal(["slack"], plan.Channels);
        Assert.Equal(["pull"], plan.ImagePullSecrets);
    }

    private const string OtherSecret = "{kind: Secret, metadata: {name: other-secret, namespace: team}, data: {apiKey: eA==}}";

    private static RunPlan Plan(string run = "{}", string instance = "{}", string more = "")
    {
        PlanResult result = RunPlanner.Plan(Inputs.With(run, instance, more));
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    private static RunPlan WithPolicy(string? spec) => spec is null
        ? Plan()
        : Plan(instance: "{policyRef: rules}", more: $"{{kind: SympoziumPolicy, metadata: {{name: rules, namespace: team}}, spec: {spec}}}");
}
