using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Abstractions.Tests.Resources;

/// <summary>A row per rule that a schema cannot say: the spec, the path that the problem names, and words of its message.</summary>
public sealed class ResourceCheckTests
{
    private const string Schedule = "instanceRef: a, task: t";
    private const string Team = "agentConfigs: [{name: a, systemPrompt: x}, {name: b, systemPrompt: x}, {name: c, systemPrompt: x}]";
    private const string Skills = "skills: [{name: s, content: c}]";

    public static TheoryData<string, string, string, string> Rules => new()
    {
        { "AgentRun", "{instanceRef: Not_A_Name, task: t}", "spec.instanceRef", "'Not_A_Name' cannot be the name of a SympoziumInstance or Agent" },
        { "AgentRun", "{instanceRef: a, task: 7}", "spec.task", "must be a text or an object, not number" },
        { "AgentRun", "{instanceRef: a, task: {mode: other, tool: t}}", "spec.task.mode", "'other' is no way of doing a task; known is sidecar-driven" },
        { "AgentRun", "{instanceRef: a, task: {mode: sidecar-driven}}", "spec.task.tool", "is required" },
        { "AgentRun", "{instanceRef: a, task: {mode: sidecar-driven, tool: t, parameters: {count: 7}}}", "spec.task.parameters.count", "must be a text" },
        { "AgentRun", "{instanceRef: a, task: t, model: {modelRef: a/b/c}}", "spec.model.modelRef", "namespace/name" },
        { "AgentRun", "{instanceRef: a, task: t, sandbox: {enabled: true}, agentSandbox: {enabled: true}}", "spec.agentSandbox", "cannot be used together" },
        { "AgentRun", "{instanceRef: a, task: t, lifecycle: {preRun: [{name: g, image: i, gate: true}]}}", "spec.lifecycle.preRun", "belongs into postRun" },
        { "AgentRun", "{instanceRef: a, task: t, lifecycle: {postRun: [{name: g, image: i, gate: true}, {name: h, image: i, gate: true}]}}", "spec.lifecycle.postRun", "has 2 gates ('g', 'h')" },
        { "AgentRun", "{instanceRef: a, task: t, lifecycle: {preRun: [{name: H, image: i}]}}", "spec.lifecycle.preRun[0].name", "it becomes a container's name" },
        { "AgentRun", "{instanceRef: a, task: t, lifecycle: {preRun: [{name: h, image: i, timeout: soon}]}}", "spec.lifecycle.preRun[0].timeout", "write it like 90s" },
        { "AgentRun", "{instanceRef: a, task: t, lifecycle: {preRun: [{name: h, image: i, env: [{name: A, value: b, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}}", "spec.lifecycle.preRun[0].env.A", "both value and valueFrom" },
        { "Agent", "{agents: {default: {model: m}}, mcpServers: [{name: a, toolsPrefix: p}, {name: b, toolsPrefix: p}]}", "spec.mcpServers", "has the toolsPrefix 'p' more than once" },
        { "Agent", "{agents: {default: {model: m}}, mcpServers: [{name: a, toolsPrefix: p, url: ftp://x}]}", "spec.mcpServers[0].url", "not an absolute http or https URL" },
        { "Agent", "{agents: {default: {model: m}}, channels: [{type: slack}, {type: slack}]}", "spec.channels", "has the channel 'slack' more than once" },
        { "Agent", "{agents: {default: {model: m}}, observability: {samplingRatio: '2'}}", "spec.observability.samplingRatio", "from 0 to 1" },
        { "Agent", "{agents: {default: {model: m}}, skillConfig: {absent: {a: b}}}", "spec.skillConfig.absent", "which spec.skills does not name" },
        { "Agent", "{agents: {default: {model: m}}, skills: [{skillPackRef: p, params: {a: b}}], skillConfig: {p: {a: c}}}", "spec.skillConfig.p", "the two have different values" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, tools: [{name: read_file, exec: [x]}]}}", "spec.sidecar.tools[0].name", "is the name of a built-in tool" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, tools: [{name: t, exec: ['']}]}}", "spec.sidecar.tools[0].exec", "none of them empty" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, tools: [{name: t, exec: [x], positionalArgs: [a], parameters: {properties: {a: {}}}}]}}", "spec.sidecar.tools[0].positionalArgs", "parameters.required" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, tools: [{name: t, exec: [x], parameters: {properties: {a: {}}}}]}}", "spec.sidecar.tools[0].parameters.properties.a", "inputMode stdin" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, tools: [{name: t, exec: [x]}, {name: t, exec: [x]}]}}", "spec.sidecar.tools", "has the tool 't' more than once" },
        { "SkillPack", "{" + Skills + ", sidecar: {image: i, secretMountPath: etc}}", "spec.sidecar.secretMountPath", "must be an absolute path" },
        { "SympoziumSchedule", "{schedule: '* * * * *', task: t}", "spec.instanceRef", "is required" },
        { "SympoziumSchedule", "{schedule: '* * * * *', instanceRef: a}", "spec.task", "is required" },
        { "SympoziumSchedule", "{schedule: '61 * * * *', " + Schedule + "}", "spec.schedule", "has '61' as its minute, which must be made of 0 to 59" },
        { "SympoziumSchedule", "{schedule: '0 0 30 2 *', " + Schedule + "}", "spec.schedule", "never comes" },
        { "SympoziumSchedule", "{schedule: '* * * *', " + Schedule + "}", "spec.schedule", "has 4 fields" },
        { "SympoziumSchedule", "{schedule: '0 9 * * *', timezone: Europe/Atlantis, " + Schedule + "}", "spec.timezone", "write an IANA name such as Europe/Paris" },
        { "SympoziumSchedule", "{schedule: 'CRON_TZ=Asia/Tokyo 0 9 * * *', timezone: Europe/Paris, " + Schedule + "}", "spec.schedule", "is another spelling of spec.timezone" },
        { "MCPServer", "{transportType: http, toolsPrefix: p}", "spec", "must say where the server is" },
        { "MCPServer", "{transportType: http, toolsPrefix: p, url: http://x, deployment: {image: i}}", "spec.deployment", "is not used, since spec.url" },
        { "MCPServer", "{transportType: http, toolsPrefix: p, deployment: {image: i, path: mcp}}", "spec.deployment.path", "must begin with /" },
        { "MCPServer", "{transportType: stdio, toolsPrefix: p}", "spec.deployment", "is required with transportType stdio" },
        { "MCPServer", "{transportType: stdio, toolsPrefix: p, deployment: {image: i}}", "spec.deployment.cmd", "is required with transportType stdio" },
        { "MCPServer", "{transportType: stdio, toolsPrefix: p, url: http://x, deployment: {image: i, cmd: c}}", "spec.url", "cannot be used with transportType stdio" },
        { "MCPServer", "{transportType: stdio, toolsPrefix: p, deployment: {image: i, cmd: c, path: /mcp}}", "spec.deployment.path", "a program has no path" },
        { "Model", "{source: {filename: f}}", "spec.source", "must have url" },
        { "Model", "{source: {url: 's3://bucket/file'}}", "spec.source.url", "not an absolute http or https URL" },
        { "Model", "{source: {url: http://x, sha256: abc}}", "spec.source.sha256", "64 hexadecimal digits" },
        { "Model", "{source: {url: http://x, filename: ../x}}", "spec.source.filename", "without a path" },
        { "Model", "{source: {modelID: m}, inference: {serverType: custom}}", "spec.inference.image", "is required with serverType custom" },
        { "Model", "{source: {modelID: m}, placement: {minTps: 5}}", "spec.placement", "mode manual does not look at" },
        { "ToolApproval", "{runRef: r, callId: c, tool: t, approvers: [{kind: ChannelSender, name: u}]}", "spec.approvers[0].channel", "is required" },
        { "ToolApproval", "{runRef: r, callId: c, tool: t, approvers: [{kind: User, name: u, channel: slack}]}", "spec.approvers[0].channel", "cannot be used with kind User" },
        { "ToolApproval", "{runRef: r, callId: c, tool: t, timeout: later}", "spec.timeout", "not a positive duration" },
        { "Ensemble", $"{{agentConfigs: [{{name: {new string('a', 62)}, systemPrompt: z}}]}}", "spec.agentConfigs[0].name", "which has 64 characters; at most 63 fit" },
        { "Ensemble", "{description: x}", "spec.agentConfigs", "at least one persona" },
        { "Ensemble", "{agentConfigs: [{name: a, systemPrompt: x}, {name: a, systemPrompt: z}]}", "spec.agentConfigs", "has the persona 'a' more than once" },
        { "Ensemble", "{" + Team + ", personas: [{name: z, systemPrompt: x}]}", "spec.personas", "is another spelling of spec.agentConfigs" },
        { "Ensemble", "{" + Team + ", excludePersonas: [z]}", "spec.excludePersonas", "names 'z', which is none of the personas: a, b, c" },
        { "Ensemble", "{" + Team + ", relationships: [{source: a, target: z, type: delegation}]}", "spec.relationships[0].target", "names 'z'" },
        { "Ensemble", "{" + Team + ", relationships: [{source: a, target: a, type: supervision}]}", "spec.relationships[0]", "to itself" },
        { "Ensemble", "{" + Team + ", relationships: [{source: a, target: b, type: sequential}, {source: b, target: c, type: delegation}, {source: c, target: a, type: sequential}]}", "spec.relationships", "lead in a circle: a -> b -> c -> a" },
        { "Ensemble", "{" + Team + ", relationships: [{source: a, target: b, type: delegation, timeout: x}]}", "spec.relationships[0].timeout", "not a positive duration" },
        { "Ensemble", "{" + Team + ", workflowType: pipeline}", "spec.workflowType", "'pipeline' needs at least one relationship of type sequential" },
        { "Ensemble", "{" + Team + ", workflowType: delegation, relationships: [{source: a, target: b, type: sequential}]}", "spec.workflowType", "of type delegation" },
        { "Ensemble", "{" + Team + ", relationships: [{source: s, target: b, type: stimulus}]}", "spec.stimulus", "is required" },
        { "Ensemble", "{" + Team + ", stimulus: {name: s, prompt: p}}", "spec.relationships", "exactly one edge of type stimulus" },
        { "Ensemble", "{" + Team + ", stimulus: {name: s, prompt: p}, relationships: [{source: r, target: b, type: stimulus}]}", "spec.relationships", "its source must be spec.stimulus.name, 's'" },
        { "Ensemble", "{" + Team + ", stimulus: {name: s, prompt: ' '}, relationships: [{source: s, target: b, type: stimulus}]}", "spec.stimulus.prompt", "is required" },
        { "Ensemble", "{" + Team + ", channelConfigs: {irc: s}}", "spec.channelConfigs", "'irc' is no kind of channel" },
        { "Ensemble", "{" + Team + ", sharedMemory: {accessRules: [{agentConfig: z}]}}", "spec.sharedMemory.accessRules", "names 'z'" },
        { "Ensemble", "{" + Team + ", sharedMemory: {membrane: {trustGroups: [{name: g, agentConfigs: [a, z]}]}}}", "spec.sharedMemory.membrane.trustGroups.g", "names 'z'" },
        { "Ensemble", "{" + Team + ", sharedMemory: {membrane: {tokenBudget: {maxTokens: 5, maxTokensPerRun: 6}}}}", "spec.sharedMemory.membrane.tokenBudget.maxTokensPerRun", "6 is more than maxTokens, 5" },
        { "Ensemble", "{agentConfigs: [{name: a, systemPrompt: x, schedule: {interval: 25h, task: t}}]}", "spec.agentConfigs[0].schedule.interval", "must be from 1m to 24h" },
        { "Ensemble", "{agentConfigs: [{name: a, systemPrompt: x, schedule: {interval: 1h}}]}", "spec.agentConfigs[0].schedule.task", "is required" },
        { "PersonaPack", "{personas: [{name: a, systemPrompt: x, schedule: {task: t, input: u}}]}", "spec.agentConfigs[0].schedule.input", "is another spelling of spec.agentConfigs[0].schedule.task" },
        { "PersonaPack", "{personas: [{name: a, systemPrompt: x, env: {PATH: /x}}]}", "spec.agentConfigs[0].env.PATH", "must not be set" },
        { "PersonaPack", "{personas: [{name: a, systemPrompt: x, skills: [{}]}]}", "spec.agentConfigs[0].skills[0]", "exactly one of" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Spec_ThatBreaksARule_IsToldWhichAndWhere(string kind, string spec, string path, string words)
    {
        ResourceProblem problem = Assert.Single(Problems(kind, spec));

        Assert.Equal(path, problem.Path);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spec_WithWrongTypes_NamesEveryOne() => Assert.Equal(
        [
            "spec.agentConfigs[0].name: is required", "spec.agentConfigs[0].systemPrompt: must be a text, not a list", "spec.agentConfigs[1]: must be an object, not a text",
            "spec.enabled: must be true or false, not a text", "spec.providerHeaders.a: must be a text, not a number", "spec.relationships: must be a list, not an object",
            "spec.sharedMemory.membrane.circuitBreaker.consecutiveFailures: must be a whole number, not a number",
        ],
        Problems("Ensemble", """
            {enabled: "yes", agentConfigs: [{systemPrompt: []}, x], providerHeaders: {a: 7}, relationships: {},
             sharedMemory: {membrane: {circuitBreaker: {consecutiveFailures: 1.5}}}}
            """).Select(problem => problem.ToString()).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("{source: {modelID: m}, inference: {env: {A: b}}}")]
    [InlineData("{source: {modelID: m}, inference: {env: [{name: A, value: b}]}}")]
    public void ModelVariables_AreAListOrAMap(string spec)
    {
        var problems = new List<ResourceProblem>();
        ModelSpec model = ResourceReader.Model(Resource("Model", spec), problems)!;

        Assert.Empty(problems);
        Assert.Equal([new VariableSpec { Name = "A", Value = "b" }], model.Inference!.Env!);
    }

    [Fact]
    public void CronWithZone_IsTheExpressionAndTheZone()
    {
        var problems = new List<ResourceProblem>();
        ScheduleSpec spec = ResourceReader.Schedule(Resource("SympoziumSchedule", "{schedule: 'CRON_TZ=Asia/Tokyo 30 6 * * *', agentRef: a, input: t}"), problems)!;

        Assert.Empty(problems);
        Assert.Equal(("30 6 * * *", "Asia/Tokyo", "a", "t"), (spec.Schedule, spec.Timezone, spec.InstanceRef, (string?)spec.Task));
    }

    [Theory]
    [InlineData("AgentRun", "{instanceRef: a, task: t}", 0)]
    [InlineData("AgentRun", "{instanceRef: a, task: {mode: sidecar-driven, tool: x}, cleanup: keep, useContext: true}", 2)]
    [InlineData("Agent", "{agents: {default: {model: m}}, channels: [{type: slack}], memory: {}}", 2)]
    [InlineData("SympoziumSchedule", "{schedule: '@daily', instanceRef: a, task: t}", 1)]
    [InlineData("PersonaPack", "{personas: [{name: a, systemPrompt: x}]}", 1)]
    public void WhatThisVersionDoesNotDo_IsWarnedOf(string kind, string spec, int count)
    {
        object record = ResourceReader.Any(kind, Resource(kind, spec), [])!;

        IReadOnlyList<string> warnings = ResourceWarnings.Of(kind, record);

        Assert.Equal(count, warnings.Count);
        Assert.All(warnings, warning => Assert.Contains("has no effect in this version", warning, StringComparison.Ordinal));
    }

    private static List<ResourceProblem> Problems(string kind, string spec)
    {
        var problems = new List<ResourceProblem>();
        ResourceReader.Any(kind, Resource(kind, spec), problems);
        return problems;
    }

    private static JsonObject Resource(string kind, string spec) =>
        new() { ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = YamlReader.ReadSingle(spec, "test") };
}
