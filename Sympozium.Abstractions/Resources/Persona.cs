using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>One agent of a team. What it does not say comes from the team.</summary>
public sealed record PersonaSpec
{
    /// <summary>Name; the instance is called team-name.</summary>
    [StringLength(63, MinimumLength = 1)]
    [RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public required string Name { get; init; }

    /// <summary>Name for people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Instructions that every run starts with.</summary>
    public required string SystemPrompt { get; init; }

    /// <summary>Model name as the provider knows it.</summary>
    public string? Model { get; init; }

    /// <summary>Provider, for example openai, anthropic or ollama.</summary>
    public string? Provider { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint.</summary>
    [JsonPropertyName("baseURL")]
    public string? BaseUrl { get; init; }

    /// <summary>Further headers of each request to the provider, instead of the team's.</summary>
    public IReadOnlyDictionary<string, string>? ProviderHeaders { get; init; }

    /// <summary>Secret with further headers, instead of the team's.</summary>
    public string? ProviderHeadersSecretRef { get; init; }

    /// <summary>Skill packs of every run. A name, or an object {skillPackRef, params}.</summary>
    public IReadOnlyList<SkillReference>? Skills { get; init; }

    /// <summary>Parameters of skill packs, by pack, instead of the team's for that pack.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonNode?>>? SkillParams { get; init; }

    /// <summary>Secrets of channels, by kind of channel, instead of the team's.</summary>
    public IReadOnlyDictionary<string, string>? ChannelConfigs { get; init; }

    /// <summary>Tools of its runs.</summary>
    public ToolPolicySpec? ToolPolicy { get; init; }

    /// <summary>When it runs by itself.</summary>
    public PersonaScheduleSpec? Schedule { get; init; }

    /// <summary>Its memory.</summary>
    public MemorySpec? Memory { get; init; }

    /// <summary>Kinds of channel that it listens on.</summary>
    public IReadOnlyList<string>? Channels { get; init; }

    /// <summary>Its HTTP endpoint.</summary>
    public WebEndpointSpec? WebEndpoint { get; init; }

    /// <summary>Hooks of its runs.</summary>
    public LifecycleSpec? Lifecycle { get; init; }

    /// <summary>Who may talk to it, by kind of channel, instead of the team's.</summary>
    public IReadOnlyDictionary<string, ChannelAccessSpec>? ChannelAccessControl { get; init; }

    /// <summary>Words that silence and wake it, by kind of channel, instead of the team's.</summary>
    public IReadOnlyDictionary<string, ChannelTriggersSpec>? ChannelTriggers { get; init; }

    /// <summary>Settings of Slack, instead of the team's.</summary>
    public SlackSpec? SlackOptions { get; init; }

    /// <summary>MCP servers whose tools it has.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<McpServerReference>? McpServers { get; init; }

    /// <summary>Limits of the runs that its runs start.</summary>
    public SubagentsSpec? Subagents { get; init; }

    /// <summary>Further environment variables of its agent container.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Most time one of its runs may take, as a Go duration.</summary>
    public string? RunTimeout { get; init; }
}

/// <summary>When a persona runs by itself: by cron, else by interval, else each hour.</summary>
public sealed record PersonaScheduleSpec
{
    /// <summary>What the runs are for.</summary>
    [DefaultValue("heartbeat")]
    [AllowedWords("heartbeat", "scheduled", "sweep")]
    public string? Type { get; init; }

    /// <summary>Time between two runs, as a Go duration from 1m to 24h.</summary>
    public string? Interval { get; init; }

    /// <summary>Cron expression of five fields; wins over interval.</summary>
    public string? Cron { get; init; }

    /// <summary>Time zone of the cron expression, by its IANA name; default UTC. Also spelled timeZone.</summary>
    public string? Timezone { get; init; }

    /// <summary>What to do each time. Also spelled input.</summary>
    public string? Task { get; init; }

    /// <summary>Whether the first run comes at once or after the interval.</summary>
    [DefaultValue("immediate")]
    [AllowedWords("immediate", "afterInterval")]
    public string? FirstTick { get; init; }
}
