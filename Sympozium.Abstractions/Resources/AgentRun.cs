using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>A single execution of an agent: one task in, one answer out. It becomes one Job.</summary>
public sealed record AgentRunSpec
{
    /// <summary>Name of the SympoziumInstance or Agent, in the run's namespace, that executes the task. Also spelled agentRef.</summary>
    public string? InstanceRef { get; init; }

    /// <summary>What to do: a text, or an object {mode, tool, parameters}. Also spelled input.</summary>
    public JsonNode? Task { get; init; }

    /// <summary>Whole conversation in the OpenAI chat format. When present the agent continues it, and task is only its title.</summary>
    public IReadOnlyList<JsonObject>? Messages { get; init; }

    /// <summary>Instructions for this run; default: those of the instance.</summary>
    public string? SystemPrompt { get; init; }

    /// <summary>Id of the agent inside the instance; default primary.</summary>
    public string? AgentId { get; init; }

    /// <summary>Key of the conversation that this run belongs to; default: the run's own name.</summary>
    public string? SessionKey { get; init; }

    /// <summary>Model of this run; every field that is absent comes from the instance.</summary>
    public RunModelSpec? Model { get; init; }

    /// <summary>Skill packs of this run; default: those of the instance. A name, or an object {skillPackRef, params}.</summary>
    public IReadOnlyList<SkillReference>? Skills { get; init; }

    /// <summary>Tools of this run. Deny wins; a non-empty allow list admits nothing else.</summary>
    public ToolPolicySpec? ToolPolicy { get; init; }

    /// <summary>Most time the run may take, as a Go duration such as 90s, 5m or 1h30m; default: that of the instance, else 10m.</summary>
    public string? Timeout { get; init; }

    /// <summary>Further environment variables of the agent container.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>true: answer without calling a model.</summary>
    public bool? DryRun { get; init; }

    /// <summary>true cancels the run. May be set at any time, never unset.</summary>
    public bool? Cancel { get; init; }

    /// <summary>What becomes of the run's objects after its end.</summary>
    [DefaultValue("delete")]
    [AllowedWords("delete", "keep")]
    public string? Cleanup { get; init; }

    /// <summary>task runs once; server keeps serving.</summary>
    [DefaultValue("task")]
    [AllowedWords("task", "server")]
    public string? Mode { get; init; }

    /// <summary>The run that started this one.</summary>
    public ParentRunSpec? Parent { get; init; }

    /// <summary>Sandbox of the agent's commands.</summary>
    public SandboxSpec? Sandbox { get; init; }

    /// <summary>Sandbox by the agent-sandbox project.</summary>
    public AgentSandboxSpec? AgentSandbox { get; init; }

    /// <summary>Hooks before and after the agent.</summary>
    public LifecycleSpec? Lifecycle { get; init; }

    /// <summary>true: a health check of the platform instead of a task.</summary>
    public bool? CanaryMode { get; init; }

    /// <summary>Whether earlier context is used.</summary>
    [DefaultValue(true)]
    public bool? UseContext { get; init; }

    /// <summary>Secrets to pull images with.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<SecretReference>? ImagePullSecrets { get; init; }

    /// <summary>Further volumes of the pod.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of the agent container.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }
}

/// <summary>Model of a run.</summary>
public sealed record RunModelSpec
{
    /// <summary>Provider, for example openai, anthropic or ollama.</summary>
    public string? Provider { get; init; }

    /// <summary>Model name as the provider knows it. Also spelled model.</summary>
    public string? Name { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint.</summary>
    [JsonPropertyName("baseURL")]
    public string? BaseUrl { get; init; }

    /// <summary>Effort of reasoning: off, low, medium or high.</summary>
    public string? Thinking { get; init; }

    /// <summary>Secret with the provider's key; empty for a provider that needs none.</summary>
    public string? AuthSecretRef { get; init; }

    /// <summary>Further headers of each request to the provider.</summary>
    public IReadOnlyDictionary<string, string>? ProviderHeaders { get; init; }

    /// <summary>Secret with further headers.</summary>
    public string? ProviderHeadersSecretRef { get; init; }

    /// <summary>A Model resource, as name or namespace/name.</summary>
    public string? ModelRef { get; init; }

    /// <summary>Nodes that the pod may run on.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }
}

/// <summary>The run that started another one.</summary>
public sealed record ParentRunSpec
{
    /// <summary>Name of the parent run.</summary>
    public required string RunName { get; init; }

    /// <summary>Conversation of the parent run.</summary>
    public string? SessionKey { get; init; }

    /// <summary>How deep the chain is; 1 for a child of a run that nobody started.</summary>
    [Range(0, 1000)]
    public int SpawnDepth { get; init; }
}

/// <summary>Which tools may be called.</summary>
public sealed record ToolPolicySpec
{
    /// <summary>Only these tools; empty means all.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Never these tools; wins over allow.</summary>
    public IReadOnlyList<string>? Deny { get; init; }
}

/// <summary>A skill pack of an instance or run.</summary>
public sealed record SkillReference
{
    /// <summary>Name of a SkillPack in the run's namespace, else in sympozium-system.</summary>
    public string? SkillPackRef { get; init; }

    /// <summary>Name of a ConfigMap with skill files.</summary>
    public string? ConfigMapRef { get; init; }

    /// <summary>Parameters of the pack.</summary>
    public IReadOnlyDictionary<string, JsonNode?>? Params { get; init; }
}
