using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>A team of agents: each persona becomes an instance, with its schedule and memory. Served as Ensemble and as PersonaPack.</summary>
public sealed record EnsembleSpec
{
    /// <summary>Whether the personas are made. false removes what was made; default true.</summary>
    public bool? Enabled { get; init; }

    /// <summary>What the team is for.</summary>
    public string? Description { get; init; }

    /// <summary>Category for catalogs.</summary>
    public string? Category { get; init; }

    /// <summary>Version of the team.</summary>
    public string? Version { get; init; }

    /// <summary>The personas. Also spelled personas.</summary>
    [Items(Key = "name", Max = 100)]
    public IReadOnlyList<PersonaSpec>? AgentConfigs { get; init; }

    /// <summary>Personas that are not made.</summary>
    public IReadOnlyList<string>? ExcludePersonas { get; init; }

    /// <summary>Secrets with provider keys, by provider; a persona uses those of its own provider.</summary>
    public IReadOnlyList<AuthReference>? AuthRefs { get; init; }

    /// <summary>Secrets of channels, by kind of channel.</summary>
    public IReadOnlyDictionary<string, string>? ChannelConfigs { get; init; }

    /// <summary>Name of the personas' SympoziumPolicy. Also spelled policy.</summary>
    public string? PolicyRef { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint for all personas that name none.</summary>
    [JsonPropertyName("baseURL")]
    public string? BaseUrl { get; init; }

    /// <summary>Further headers of each request to the provider.</summary>
    public IReadOnlyDictionary<string, string>? ProviderHeaders { get; init; }

    /// <summary>Secret with further headers.</summary>
    public string? ProviderHeadersSecretRef { get; init; }

    /// <summary>A Model resource for all personas, as name or namespace/name; wins over authRefs and baseURL.</summary>
    public string? ModelRef { get; init; }

    /// <summary>Parameters of skill packs, by pack.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonNode?>>? SkillParams { get; init; }

    /// <summary>Objective of the team, put before each scheduled task.</summary>
    public string? TaskOverride { get; init; }

    /// <summary>Who may talk to the personas, by kind of channel.</summary>
    public IReadOnlyDictionary<string, ChannelAccessSpec>? ChannelAccessControl { get; init; }

    /// <summary>Words that silence and wake the personas, by kind of channel.</summary>
    public IReadOnlyDictionary<string, ChannelTriggersSpec>? ChannelTriggers { get; init; }

    /// <summary>Settings of Slack.</summary>
    public SlackSpec? SlackOptions { get; init; }

    /// <summary>Further volumes of channel pods.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? ChannelVolumes { get; init; }

    /// <summary>Further mounts of channel containers.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? ChannelVolumeMounts { get; init; }

    /// <summary>Sandbox of the personas' pods.</summary>
    public AgentSandboxSpec? AgentSandbox { get; init; }

    /// <summary>Memory that the personas share.</summary>
    public SharedMemorySpec? SharedMemory { get; init; }

    /// <summary>Whether each run's task and answer are remembered, for personas that do not say; default true.</summary>
    public bool? AutoStoreMemory { get; init; }

    /// <summary>Prompt that starts the team.</summary>
    public StimulusSpec? Stimulus { get; init; }

    /// <summary>How the personas work together.</summary>
    public IReadOnlyList<RelationshipSpec>? Relationships { get; init; }

    /// <summary>autonomous: each on its own; pipeline: one after the other; delegation: some hand tasks to others.</summary>
    [DefaultValue("autonomous")]
    [AllowedWords("autonomous", "pipeline", "delegation")]
    public string? WorkflowType { get; init; }

    /// <summary>Further volumes of agent pods.</summary>
    [PassedThrough(typeof(VolumeShape))]
    [Items(Key = "name")]
    public IReadOnlyList<JsonObject>? Volumes { get; init; }

    /// <summary>Further mounts of agent containers.</summary>
    [PassedThrough(typeof(VolumeMountShape))]
    [Items(Key = "mountPath")]
    public IReadOnlyList<JsonObject>? VolumeMounts { get; init; }
}

/// <summary>Prompt that starts a team.</summary>
public sealed record StimulusSpec
{
    /// <summary>Name; the source of the one relationship of type stimulus.</summary>
    public required string Name { get; init; }

    /// <summary>The prompt.</summary>
    [StringLength(131_072, MinimumLength = 1)]
    public required string Prompt { get; init; }

    /// <summary>When: as soon as all personas are ready, or only when somebody asks.</summary>
    [DefaultValue("onReady")]
    [AllowedWords("onReady", "manual")]
    public string? Trigger { get; init; }
}

/// <summary>How two personas work together.</summary>
public sealed record RelationshipSpec
{
    /// <summary>Persona that it starts from; for a stimulus its name.</summary>
    public required string Source { get; init; }

    /// <summary>Persona that it leads to.</summary>
    public required string Target { get; init; }

    /// <summary>delegation: the source may hand tasks over; sequential: the target follows; supervision: the source watches; stimulus: the prompt goes to the target.</summary>
    [AllowedWords("delegation", "sequential", "supervision", "stimulus")]
    public required string Type { get; init; }

    /// <summary>When, in words for the source.</summary>
    public string? Condition { get; init; }

    /// <summary>Most time that the target may take, as a Go duration.</summary>
    public string? Timeout { get; init; }

    /// <summary>What the answer should look like, in words for the target.</summary>
    public string? ResultFormat { get; init; }
}

/// <summary>What became of a team. The JSON names are the historic ones.</summary>
public sealed record EnsembleStatus
{
    /// <summary>Ready, Error or Inactive.</summary>
    public string? Phase { get; init; }

    /// <summary>Personas of the spec.</summary>
    public int? PersonaCount { get; init; }

    /// <summary>Personas that were made.</summary>
    public int? InstalledCount { get; init; }

    /// <summary>What was made of each persona.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<InstalledPersonaStatus>? InstalledPersonas { get; init; }

    /// <summary>Whether the shared memory answers.</summary>
    public bool? SharedMemoryReady { get; init; }

    /// <summary>Tokens of the budget that are used.</summary>
    public long? TokenBudgetUsed { get; init; }

    /// <summary>Whether delegation is stopped after too many failures.</summary>
    public bool? CircuitBreakerOpen { get; init; }

    /// <summary>Failed delegations in a row.</summary>
    public int? ConsecutiveDelegateFailures { get; init; }

    /// <summary>Whether all personas are ready.</summary>
    public bool? AllAgentsServing { get; init; }

    /// <summary>Whether the stimulus was given.</summary>
    public bool? StimulusDelivered { get; init; }

    /// <summary>How often the stimulus was given.</summary>
    public long? StimulusGeneration { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}

/// <summary>What was made of a persona.</summary>
public sealed record InstalledPersonaStatus
{
    /// <summary>The persona.</summary>
    public required string Name { get; init; }

    /// <summary>Its SympoziumInstance or Agent.</summary>
    public string? InstanceName { get; init; }

    /// <summary>Its SympoziumSchedule.</summary>
    public string? ScheduleName { get; init; }
}
