using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Testing.Admission;

/// <summary>
/// A row for each rule of a SympoziumPolicy, on the side where it allows and on the side where it refuses, and for what holds without
/// one. The same table is put to the reviewer, to the local cluster in process, and to the webhook over HTTPS.
/// </summary>
public static class AdmissionCases
{
    public const string Namespace = "team";

    private const string System = "sympozium-system";

    private const string By = "; refused by policy 'team/rules' of the instance, rule spec.";

    /// <summary>All rows.</summary>
    public static IReadOnlyList<AdmissionCase> All { get; } = [.. Tools(), .. Sandbox(), .. Children(), .. Models(), .. ImagesAndHooks(), .. Budgets(), .. Always(), .. Layers(), .. Others()];

    private static IEnumerable<AdmissionCase> Tools() =>
    [
        Run("a tool without a rule is allowed", "{}", "{toolPolicy: {allow: [write_file]}}"),
        Run("defaultAction deny, tool with rule allow", "{toolGating: {defaultAction: deny, rules: [{tool: read_file, action: allow}]}}", "{toolPolicy: {allow: [read_file]}}"),
        Run(
            "defaultAction deny, tool without rule", "{toolGating: {defaultAction: deny, rules: [{tool: read_file, action: allow}]}}", "{toolPolicy: {allow: [read_file, fetch_url]}}",
            $"spec.toolPolicy.allow[1]: the tool 'fetch_url' is denied{By}toolGating.defaultAction"),
        Run(
            "rule deny", "{toolGating: {rules: [{tool: read_file, action: allow}, {tool: write_file, action: deny}]}}", "{toolPolicy: {allow: [write_file]}}",
            $"spec.toolPolicy.allow[0]: the tool 'write_file' is denied{By}toolGating.rules[1]"),
        Run("rule deny, tool not asked for", "{toolGating: {rules: [{tool: write_file, action: deny}]}}", "{}"),
        Run(
            "pattern deny", "{toolGating: {rules: [{tool: mcp_*, action: deny}]}}", "{toolPolicy: {allow: [mcp_x, read_file]}}",
            $"spec.toolPolicy.allow[0]: the tool 'mcp_x' is denied{By}toolGating.rules[0]"),
        Run("name before pattern", "{toolGating: {rules: [{tool: mcp_*, action: deny}, {tool: mcp_x, action: allow}]}}", "{toolPolicy: {allow: [mcp_x]}}"),
        Run(
            "longer pattern before shorter", "{toolGating: {rules: [{tool: 'mcp_git_*', action: deny}, {tool: 'mcp_*', action: allow}]}}", "{toolPolicy: {allow: [mcp_git_push, mcp_x]}}",
            $"spec.toolPolicy.allow[0]: the tool 'mcp_git_push' is denied{By}toolGating.rules[0]"),
        Run("rule ask is admitted with a warning", "{toolGating: {rules: [{tool: execute_command, action: ask}]}}", "{toolPolicy: {allow: [execute_command]}}", "", "the tool 'execute_command' needs an approval by policy 'team/rules'"),
        Run("requireApproval", "{requireApproval: [fetch_url]}", "{toolPolicy: {allow: [fetch_url]}}", "", "rule spec.requireApproval[0]; this version cannot ask for one"),
        Run("allowedTools, on the list", "{allowedTools: [read_file]}", "{toolPolicy: {allow: [read_file]}}"),
        Run("allowedTools, not on the list", "{allowedTools: [read_file]}", "{toolPolicy: {allow: [write_file]}}", $"spec.toolPolicy.allow[0]: the tool 'write_file' is denied{By}allowedTools"),
        Run("template Permissive", "{template: Permissive}", "{toolPolicy: {allow: [execute_command]}}"),
        Run("template Default asks for commands", "{template: Default}", "{toolPolicy: {allow: [execute_command]}}", "", "rule spec.template Default"),
        Run("template Default, overridden by a rule", "{template: Default, toolGating: {rules: [{tool: execute_command, action: allow}]}}", "{toolPolicy: {allow: [execute_command]}}"),
        Run("template Restrictive", "{template: Restrictive}", "{toolPolicy: {allow: [read_file]}}", $"spec.toolPolicy.allow[0]: the tool 'read_file' is denied{By}template Restrictive"),
        Run("template Restrictive with allowedTools", "{template: Restrictive, allowedTools: [read_file]}", "{toolPolicy: {allow: [read_file]}}"),
        Run("feature on", "{featureGates: {code-execution: true}}", "{toolPolicy: {allow: [execute_command]}}"),
        Run(
            "feature off takes its tools", "{featureGates: {code-execution: false, file-access: false}}", "{toolPolicy: {allow: [execute_command, read_file, fetch_url]}}",
            $"spec.toolPolicy.allow[0]: the tool 'execute_command' is denied{By}featureGates.code-execution\nspec.toolPolicy.allow[1]: the tool 'read_file' is denied{By}featureGates.file-access"),
    ];

    private static IEnumerable<AdmissionCase> Sandbox() =>
    [
        Run("sandbox required, run says nothing", "{sandboxPolicy: {required: true}}", "{}"),
        Run("sandbox required, run has one", "{sandboxPolicy: {required: true}}", "{sandbox: {enabled: true}}"),
        Run(
            "sandbox required, run declines", "{sandboxPolicy: {required: true}}", "{sandbox: {enabled: false}}",
            $"spec.sandbox.enabled: false declines the sandbox, which is required; leave it out or set it to true{By}sandboxPolicy.required"),
        Run(
            "sandbox required, instance declines", "{sandbox: {enabled: true}}", "{}",
            $"instance 'helper', spec.agents.default.sandbox.enabled: false declines the sandbox, which is required; leave it out or set it to true{By}sandboxPolicy.required",
            instance: "{agents: {default: {model: gpt-4o, sandbox: {enabled: false}}}}"),
        Run("sandbox not required, run declines", "{sandboxPolicy: {required: false}}", "{sandbox: {enabled: false}}"),
        Run("CPU and memory at the limit", "{sandboxPolicy: {maxCPU: 2, maxMemory: 4Gi}}", "{sandbox: {enabled: true, resources: {requests: {cpu: 500m}, limits: {cpu: 2000m, memory: 4096Mi}}}}"),
        Run(
            "CPU and memory above the limit", "{sandboxPolicy: {maxCPU: '2', maxMemory: 4Gi}}", "{sandbox: {enabled: true, resources: {requests: {memory: 5Gi}, limits: {cpu: '3', memory: 5Gi}}}}",
            $"spec.sandbox.resources.limits.cpu: '3' is too much CPU; at most 2{By}sandboxPolicy.maxCPU\nspec.sandbox.resources.requests.memory: '5Gi' is too much memory; at most 4Gi{By}sandboxPolicy.maxMemory\nspec.sandbox.resources.limits.memory: '5Gi' is too much memory; at most 4Gi{By}sandboxPolicy.maxMemory"),
        Run("host mounts allowed", "{sandboxPolicy: {allowHostMounts: true}}", "{volumes: [{name: logs, hostPath: {path: /var/log}}]}"),
        Run(
            "host mounts are denied unless allowed", "{}", "{volumes: [{name: logs, hostPath: {path: /var/log}}]}",
            $"spec.volumes[0].hostPath: the host's directory '/var/log' must not be mounted{By}sandboxPolicy.allowHostMounts"),
        Run("seccomp profile as demanded", "{sandboxPolicy: {seccompProfile: {type: RuntimeDefault}}}", "{sandbox: {enabled: true, securityContext: {seccompProfile: {type: RuntimeDefault}}}}"),
        Run(
            "another seccomp profile", "{sandboxPolicy: {seccompProfile: {type: RuntimeDefault}}}", "{sandbox: {enabled: true, securityContext: {seccompProfile: {type: Unconfined}}}}",
            $"spec.sandbox.securityContext.seccompProfile.type: the seccomp profile 'Unconfined' is not 'RuntimeDefault', which is required{By}sandboxPolicy.seccompProfile.type"),
        Run("agent-sandbox required, run has it", "{sandboxPolicy: {agentSandboxPolicy: {required: true}}}", "{agentSandbox: {enabled: true}}"),
        Run(
            "agent-sandbox required, run declines", "{sandboxPolicy: {agentSandboxPolicy: {required: true}}}", "{agentSandbox: {enabled: false}}",
            $"spec.agentSandbox.enabled: false declines agent-sandbox, which is required; leave it out or set it to true{By}sandboxPolicy.agentSandboxPolicy.required"),
        Run("allowed runtime class", "{sandboxPolicy: {agentSandboxPolicy: {allowedRuntimeClasses: [gvisor, kata]}}}", "{agentSandbox: {enabled: true, runtimeClass: kata}}"),
        Run(
            "another runtime class", "{sandboxPolicy: {agentSandboxPolicy: {allowedRuntimeClasses: [gvisor, kata]}}}", "{agentSandbox: {enabled: true, runtimeClass: runc}}",
            $"spec.agentSandbox.runtimeClass: the runtime class 'runc' is not among the allowed ones (gvisor, kata){By}sandboxPolicy.agentSandboxPolicy.allowedRuntimeClasses"),
    ];

    private static IEnumerable<AdmissionCase> Children() =>
    [
        Run("child at the deepest level", "{subagentPolicy: {maxDepth: 2}}", "{parent: {runName: boss, spawnDepth: 2}}"),
        Run("child too deep", "{subagentPolicy: {maxDepth: 2}}", "{parent: {runName: boss, spawnDepth: 3}}", $"spec.parent.spawnDepth: a child run of depth 3 is too deep; at most 2{By}subagentPolicy.maxDepth"),
        Run("template's depth", "{template: Default}", "{parent: {runName: boss, spawnDepth: 4}}", $"spec.parent.spawnDepth: a child run of depth 4 is too deep; at most 3{By}template Default"),
        Run("children below the limit", "{subagentPolicy: {maxConcurrent: 2}}", "{parent: {runName: boss, spawnDepth: 1}}", present: [Child("one")]),
        Run(
            "children at the limit", "{subagentPolicy: {maxConcurrent: 1}}", "{parent: {runName: boss, spawnDepth: 1}}",
            $"spec.parent.runName: 1 children of this run are alive already; at most 1 may be, so wait until one has ended{By}subagentPolicy.maxConcurrent", present: [Child("one")]),
        Run("feature sub-agents off, no child", "{featureGates: {sub-agents: false}}", "{}"),
        Run("feature sub-agents off, child", "{featureGates: {sub-agents: false}}", "{parent: {runName: boss, spawnDepth: 1}}", $"spec.parent: child runs are switched off{By}featureGates.sub-agents"),
    ];

    private static IEnumerable<AdmissionCase> Models() =>
    [
        Run("model by name", "{modelPolicy: {allowedModels: [gpt-4o]}}", "{}"),
        Run("model by provider and pattern", "{modelPolicy: {allowedModels: ['openai/gpt-*']}}", "{model: {name: gpt-5}}"),
        Run(
            "model that is not allowed", "{modelPolicy: {allowedModels: [gpt-4o, 'anthropic/*']}}", "{model: {name: gpt-5}}",
            $"spec.model.name: the model 'gpt-5' of provider 'openai' is not among the allowed ones (gpt-4o, anthropic/*){By}modelPolicy.allowedModels"),
        Run(
            "model of the instance", "{modelPolicy: {allowedModels: [gpt-5]}}", "{}",
            $"instance 'helper', spec.agents.default.model: the model 'gpt-4o' of provider 'openai' is not among the allowed ones (gpt-5){By}modelPolicy.allowedModels"),
        Run("Model of an allowed namespace", "{modelPolicy: {allowedNamespaces: [models]}}", "{model: {modelRef: models/llama}}"),
        Run("Model of the run's own namespace", "{modelPolicy: {allowedNamespaces: [models]}}", "{model: {modelRef: llama}}"),
        Run(
            "Model of another namespace", "{modelPolicy: {allowedNamespaces: [models]}}", "{model: {modelRef: secret-lab/llama}}",
            $"spec.model.modelRef: the namespace 'secret-lab' of the Model is not among the allowed ones (models){By}modelPolicy.allowedNamespaces"),
    ];

    private static IEnumerable<AdmissionCase> ImagesAndHooks() =>
    [
        Run("image of an allowed registry", "{imagePolicy: {allowedRegistries: [ghcr.io/acme, docker.io/library]}}", "{sandbox: {enabled: true, image: 'ghcr.io/acme/tools:1'}, lifecycle: {preRun: [{name: a, image: busybox}]}}"),
        Run(
            "images of other registries", "{imagePolicy: {allowedRegistries: [ghcr.io/acme]}}", "{sandbox: {enabled: true, image: ghcr.io/acme-evil/x}, lifecycle: {postRun: [{name: a, image: busybox}]}}",
            $"spec.sandbox.image: the image 'ghcr.io/acme-evil/x' is not among the allowed ones (ghcr.io/acme){By}imagePolicy.allowedRegistries\nspec.lifecycle.postRun[0].image: the image 'busybox' is not among the allowed ones (ghcr.io/acme){By}imagePolicy.allowedRegistries"),
        Run(
            "image of a skill's sidecar", "{imagePolicy: {allowedRegistries: [ghcr.io/acme]}}", "{skills: [tools]}",
            $"SkillPack 'tools', spec.sidecar.image: the image 'quay.io/x/y' is not among the allowed ones (ghcr.io/acme){By}imagePolicy.allowedRegistries",
            present: [Object("SkillPack", "tools", "{skills: [{name: a, content: b}], sidecar: {image: quay.io/x/y}}")]),
        Run("hook that asks for an allowed resource", "{lifecyclePolicy: {deniedResources: [secrets]}}", "{lifecycle: {rbac: [{apiGroups: [''], resources: [pods], verbs: [get]}]}}"),
        Run(
            "hook that asks for a denied resource", "{lifecyclePolicy: {deniedResources: [secrets]}}", "{lifecycle: {rbac: [{apiGroups: [''], resources: [pods, secrets], verbs: [get]}]}}",
            $"spec.lifecycle.rbac[0].resources: hooks must not ask for 'secrets'{By}lifecyclePolicy.deniedResources"),
        Run(
            "hook that asks for everything", "{lifecyclePolicy: {deniedResources: [deployments.apps]}}", "{lifecycle: {rbac: [{apiGroups: ['*'], resources: ['*'], verbs: [get]}]}}",
            $"spec.lifecycle.rbac[0].resources: hooks must not ask for '*.*'{By}lifecyclePolicy.deniedResources"),
    ];

    private static IEnumerable<AdmissionCase> Budgets() =>
    [
        Run("timeout within the limit", "{budgets: {maxRunDuration: 30m}}", "{timeout: 30m}"),
        Run("no timeout, instance above the limit", "{budgets: {maxRunDuration: 5m}}", "{}"),
        Run("timeout above the limit", "{budgets: {maxRunDuration: 30m}}", "{timeout: 1h}", $"spec.timeout: '1h' is too long; at most 30m{By}budgets.maxRunDuration"),
        Run("budgets of tokens and calls are kept while the run runs", "{budgets: {maxTokensPerRun: 1, maxModelCallsPerRun: 1}}", "{}"),
    ];

    /// <summary>With or without a policy.</summary>
    private static IEnumerable<AdmissionCase> Always() =>
    [
        Run("no policy, nothing special", null, "{env: {A: b}, volumes: [{name: mine, emptyDir: {}}], volumeMounts: [{name: mine, mountPath: /workspace/mine}]}"),
        Run(
            "variables", null, "{env: {PATH: /x, LD_PRELOAD: z}}",
            "spec.env.PATH: must not be set: it decides which code the container runs\nspec.env.LD_PRELOAD: must not be set: it decides which code the container runs"),
        Run("variables under a policy", "{template: Permissive}", "{env: {HOME: /x}}", "spec.env.HOME: must not be set: it decides which code the container runs"),
        Run(
            "reserved volume", null, "{volumes: [{name: ipc, emptyDir: {}}]}",
            "spec.volumes[0].name: 'ipc' is reserved for the control plane, as are gateway, input, mcp-config, memory, sidecar-tools, skills, tmp, workspace; choose another name"),
        Run(
            "reserved mount", null, "{volumes: [{name: mine, emptyDir: {}}], volumeMounts: [{name: mine, mountPath: /ipc/output}]}",
            "spec.volumeMounts[0].mountPath: '/ipc/output' is reserved for the control plane; mount somewhere else, for example below /workspace"),
        Run(
            "volume of another source than the instance's", null, "{volumes: [{name: mine, emptyDir: {}}]}",
            "spec.volumes: the volume 'mine' has another source than the instance's volume of that name; rename one of them",
            instance: "{agents: {default: {model: m}}, volumes: [{name: mine, configMap: {name: x}}]}"),
        Run("volume of the same source as the instance's", null, "{volumes: [{name: mine, emptyDir: {}}]}", instance: "{agents: {default: {model: m}}, volumes: [{name: mine, emptyDir: {}}]}"),
        Run(
            "both sandboxes", null, "{sandbox: {enabled: true}, agentSandbox: {enabled: true}}",
            "spec.agentSandbox: cannot be used together with spec.sandbox: both say where commands run; keep one of them"),
        Run(
            "hook's variables", null, "{lifecycle: {preRun: [{name: a, image: b, env: [{name: LD_PRELOAD, value: x}]}]}}",
            "spec.lifecycle.preRun[0].env[0]: 'LD_PRELOAD' must not be set: it decides which code the container runs"),
    ];

    /// <summary>Policies of the namespace and the cluster, and references that lead nowhere.</summary>
    private static IEnumerable<AdmissionCase> Layers() =>
    [
        Run(
            "namespace tightens", "{template: Permissive}", "{toolPolicy: {allow: [write_file]}}",
            "spec.toolPolicy.allow[0]: the tool 'write_file' is denied; refused by policy 'team/space' of the namespace, rule spec.toolGating.rules[0]",
            present: [Space("space"), Policy("space", "{toolGating: {rules: [{tool: write_file, action: deny}]}}")]),
        Run(
            "namespace does not loosen", "{allowedTools: [read_file]}", "{toolPolicy: {allow: [write_file]}}", $"spec.toolPolicy.allow[0]: the tool 'write_file' is denied{By}allowedTools",
            present: [Space("space"), Policy("space", "{template: Permissive}")]),
        Run(
            "cluster tightens an instance without a policy", null, "{timeout: 2h}",
            "spec.timeout: '2h' is too long; at most 1h; refused by policy 'sympozium-system/base' of the cluster, rule spec.budgets.maxRunDuration",
            present: [Config("base"), Policy("base", "{budgets: {maxRunDuration: 1h}}", System)]),
        Run(
            "all reasons of all policies at once", "{modelPolicy: {allowedModels: [gpt-5]}}", "{toolPolicy: {allow: [write_file]}, timeout: 2h}",
            "spec.toolPolicy.allow[0]: the tool 'write_file' is denied; refused by policy 'sympozium-system/space' of the namespace, rule spec.toolGating.rules[0]\n"
                + $"instance 'helper', spec.agents.default.model: the model 'gpt-4o' of provider 'openai' is not among the allowed ones (gpt-5){By}modelPolicy.allowedModels\n"
                + "spec.timeout: '2h' is too long; at most 1h; refused by policy 'sympozium-system/base' of the cluster, rule spec.budgets.maxRunDuration",
            present: [Space("sympozium-system/space"), Policy("space", "{toolGating: {rules: [{tool: write_file, action: deny}]}}", System), Config("base"), Policy("base", "{budgets: {maxRunDuration: 1h}}", System)]),
        Run(
            "runtime classes that exclude each other", "{sandboxPolicy: {runtimeClass: gvisor}}", "{}",
            "spec: the runtime class has to be 'gvisor' for policy 'team/rules' of the instance, rule spec.sandboxPolicy.runtimeClass and 'kata' for another one, and no pod can have both; change one of the policies; refused by policy 'team/space' of the namespace, rule spec.sandboxPolicy.runtimeClass",
            present: [Space("space"), Policy("space", "{sandboxPolicy: {runtimeClass: kata}}")]),
        Run(
            "instance names a policy that does not exist", null, "{}", "",
            "instance 'helper', spec.policyRef: no SympoziumPolicy 'gone' exists in namespace 'team'; nothing runs until it does or the reference is removed", instance: "{policyRef: gone}"),
        Run(
            "namespace names a policy that does not exist", null, "{}", "",
            "namespace 'team', metadata.annotations[sympozium.ai/policy]: no SympoziumPolicy 'gone' exists in namespace 'team'; nothing runs until it does or the reference is removed", present: [Space("gone")]),
        Run(
            "cluster names a policy that does not exist", null, "{}", "",
            "SympoziumConfig 'default', spec.policyRef: no SympoziumPolicy 'gone' exists in namespace 'sympozium-system'; nothing runs until it does or the reference is removed", present: [Config("gone")]),
        new("run of an instance that does not exist yet is left to wait", [], Object("AgentRun", "hello", "{instanceRef: nobody, task: x}"), "", ""),
    ];

    private static IEnumerable<AdmissionCase> Others() =>
    [
        new("old spellings are evaluated alike", [Object("Agent", "helper", "{policy: rules, provider: {name: openai, model: m}}"), Policy("rules", "{template: Restrictive}")],
            Object("AgentRun", "hello", "{agentRef: helper, input: x, toolPolicy: {allow: [read_file]}}"), $"spec.toolPolicy.allow[0]: the tool 'read_file' is denied{By}template Restrictive", ""),
        new("instance with a model that is not allowed", [Policy("rules", "{modelPolicy: {allowedModels: [gpt-5]}}")],
            Object("SympoziumInstance", "helper", "{policyRef: rules, provider: {name: openai, model: gpt-4o}}"),
            $"spec.agents.default.model: the model 'gpt-4o' of provider 'openai' is not among the allowed ones (gpt-5){By}modelPolicy.allowedModels", ""),
        new("instance before its policy", [], Object("SympoziumInstance", "helper", "{policyRef: later, provider: {name: openai, model: gpt-4o}}"), "", "no SympoziumPolicy 'later' exists in namespace 'team'"),
        new("instance with reserved volume", [], Object("Agent", "helper", "{agents: {default: {model: m}}, volumes: [{name: tmp, emptyDir: {}}]}"),
            "spec.volumes[0].name: 'tmp' is reserved for the control plane, as are gateway, input, ipc, mcp-config, memory, sidecar-tools, skills, workspace; choose another name", ""),
        new("policy that contradicts itself", [], Policy("rules", "{allowedTools: [x], toolGating: {rules: [{tool: x, action: deny}]}, budgets: {maxRunDuration: soon}}"),
            "spec.allowedTools: allows the tool 'x', which spec.toolGating.rules denies; keep one of them\nspec.budgets.maxRunDuration: 'soon' is not a positive duration; write it like 90s, 5m or 1h30m", ""),
        new("policy with an unknown feature", [], Policy("rules", "{featureGates: {teleport: false}}"), "", "spec.featureGates.teleport: no feature has this name"),
        new("policy looser than its template", [], Policy("rules", "{template: Restrictive, networkPolicy: {denyAll: false}}"), "", "spec.networkPolicy.denyAll is looser than the template Restrictive; the field holds"),
        new("config of another name", [], Object("SympoziumConfig", "other", "{}", System), "", "only the SympoziumConfig 'default' in namespace 'sympozium-system' is used"),
    ];

    private static AdmissionCase Run(string name, string? policy, string run, string refusal = "", string warning = "", string instance = "{}", params JsonObject[] present)
    {
        JsonObject helper = Object("SympoziumInstance", "helper", instance);
        var spec = (JsonObject)helper["spec"]!;
        spec["agents"] ??= YamlReader.ReadSingle("{default: {model: gpt-4o, runTimeout: 20m}}", name);
        spec["authRefs"] = YamlReader.ReadSingle("[{provider: openai, secret: key}]", name);
        if (policy is not null)
        {
            spec["policyRef"] = "rules";
        }

        JsonObject created = Object("AgentRun", "hello", run);
        created["spec"]!["instanceRef"] = "helper";
        created["spec"]!["task"] = "Say hello.";
        return new AdmissionCase(name, [helper, .. policy is null ? [] : (JsonObject[])[Policy("rules", policy)], .. present], created, refusal, warning);
    }

    private static JsonObject Policy(string name, string spec, string ns = Namespace) => Object("SympoziumPolicy", name, spec, ns);

    private static JsonObject Space(string policy) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = Namespace, ["annotations"] = new JsonObject { ["sympozium.ai/policy"] = policy } },
    };

    private static JsonObject Config(string policy) => Object("SympoziumConfig", "default", $"{{policyRef: {policy}}}", System);

    private static JsonObject Child(string name) => Object("AgentRun", name, "{instanceRef: helper, task: x, parent: {runName: boss, spawnDepth: 1}}");

    private static JsonObject Object(string kind, string name, string spec, string ns = Namespace) => new()
    {
        ["apiVersion"] = "sympozium.ai/v1alpha1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
        // Through text, since what comes to an API was read from text.
        ["spec"] = JsonNode.Parse(YamlReader.ReadSingle(spec, name)!.ToJsonString()),
    };
}
