using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>Memory that the personas of a team share.</summary>
public sealed record SharedMemorySpec
{
    /// <summary>Whether there is one.</summary>
    [DefaultValue(false)]
    public bool? Enabled { get; init; }

    /// <summary>Size of its volume.</summary>
    [Quantity]
    [DefaultValue("1Gi")]
    public JsonNode? StorageSize { get; init; }

    /// <summary>Who may read and write; all may when nothing is said.</summary>
    [Items(Key = "agentConfig")]
    public IReadOnlyList<MemoryAccessSpec>? AccessRules { get; init; }

    /// <summary>What of it each persona sees, and what the team may spend.</summary>
    public MembraneSpec? Membrane { get; init; }
}

/// <summary>What a persona may do with the shared memory.</summary>
public sealed record MemoryAccessSpec
{
    /// <summary>The persona.</summary>
    public required string AgentConfig { get; init; }

    /// <summary>What it may do.</summary>
    [DefaultValue("read-write")]
    [AllowedWords("read-write", "read-only")]
    public string? Access { get; init; }
}

/// <summary>What each persona sees of the shared memory, and what the team may spend.</summary>
public sealed record MembraneSpec
{
    /// <summary>Rules of single personas.</summary>
    [Items(Key = "agentConfig")]
    public IReadOnlyList<PermeabilitySpec>? Permeability { get; init; }

    /// <summary>Who sees an entry that says nothing: all, those who trust each other, or its author.</summary>
    [DefaultValue("public")]
    [AllowedWords("public", "trusted", "private")]
    public string? DefaultVisibility { get; init; }

    /// <summary>Personas that trust each other.</summary>
    [Items(Key = "name")]
    public IReadOnlyList<TrustGroupSpec>? TrustGroups { get; init; }

    /// <summary>Tokens that the team may use.</summary>
    public TokenBudgetSpec? TokenBudget { get; init; }

    /// <summary>When delegation stops.</summary>
    public CircuitBreakerSpec? CircuitBreaker { get; init; }

    /// <summary>How entries grow old.</summary>
    public TimeDecaySpec? TimeDecay { get; init; }

    /// <summary>What an entry must rest on to be seen.</summary>
    public EvidencePolicySpec? EvidencePolicy { get; init; }
}

/// <summary>What of the shared memory a persona gives and takes.</summary>
public sealed record PermeabilitySpec
{
    /// <summary>The persona.</summary>
    public required string AgentConfig { get; init; }

    /// <summary>Who sees its entries.</summary>
    [AllowedWords("public", "trusted", "private")]
    public string? DefaultVisibility { get; init; }

    /// <summary>Tags whose entries all may see.</summary>
    public IReadOnlyList<string>? ExposeTags { get; init; }

    /// <summary>Tags whose entries it sees; empty means all.</summary>
    public IReadOnlyList<string>? AcceptTags { get; init; }
}

/// <summary>Personas that trust each other.</summary>
public sealed record TrustGroupSpec
{
    /// <summary>Name of the group.</summary>
    public required string Name { get; init; }

    /// <summary>Its personas.</summary>
    public required IReadOnlyList<string> AgentConfigs { get; init; }
}

/// <summary>Tokens that a team may use.</summary>
public sealed record TokenBudgetSpec
{
    /// <summary>All runs together; 0 means no limit.</summary>
    [Range(0d, 9e15)]
    public long? MaxTokens { get; init; }

    /// <summary>One run; 0 means no limit.</summary>
    [Range(0d, 9e15)]
    public long? MaxTokensPerRun { get; init; }

    /// <summary>What happens when they are used up: no further run, or a warning.</summary>
    [DefaultValue("halt")]
    [AllowedWords("halt", "warn")]
    public string? Action { get; init; }
}

/// <summary>When delegation stops.</summary>
public sealed record CircuitBreakerSpec
{
    /// <summary>After so many failures in a row.</summary>
    [DefaultValue(3)]
    [Range(1, 1000)]
    public int? ConsecutiveFailures { get; init; }

    /// <summary>After how long it is tried again, as a Go duration; default never before a success.</summary>
    public string? CooldownDuration { get; init; }
}

/// <summary>How entries grow old.</summary>
public sealed record TimeDecaySpec
{
    /// <summary>After how long an entry is no longer found, as a Go duration.</summary>
    [JsonPropertyName("ttl")]
    public string? TimeToLive { get; init; }

    /// <summary>How its weight falls until then.</summary>
    [DefaultValue("linear")]
    [AllowedWords("linear", "exponential")]
    public string? DecayFunction { get; init; }
}

/// <summary>What an entry must rest on.</summary>
public sealed record EvidencePolicySpec
{
    /// <summary>Least evidence, from the strongest to the weakest.</summary>
    [AllowedWords("tool_result", "external_source", "llm_interpretation", "agent_opinion")]
    public string? MinKind { get; init; }
}
