using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>A bundle of skills, mounted into agent pods as files, optionally with a sidecar.</summary>
public sealed record SkillPackSpec
{
    /// <summary>The skills; each becomes the file &lt;name&gt;.md.</summary>
    public IReadOnlyList<SkillSpec>? Skills { get; init; }

    /// <summary>Category for catalogs.</summary>
    public string? Category { get; init; }

    /// <summary>Where the pack comes from.</summary>
    public string? Source { get; init; }

    /// <summary>Version of the pack.</summary>
    public string? Version { get; init; }

    /// <summary>What the pack needs to run.</summary>
    public JsonObject? RuntimeRequirements { get; init; }

    /// <summary>Container with the pack's tools.</summary>
    public JsonObject? Sidecar { get; init; }
}

/// <summary>One skill of a pack.</summary>
public sealed record SkillSpec
{
    /// <summary>Name; also the name of its file.</summary>
    public required string Name { get; init; }

    /// <summary>One line on when to use it.</summary>
    public string? Description { get; init; }

    /// <summary>Binaries and tools that it needs.</summary>
    public JsonObject? Requires { get; init; }

    /// <summary>The skill, in Markdown.</summary>
    public required string Content { get; init; }
}

/// <summary>What became of a skill pack.</summary>
public sealed record SkillPackStatus
{
    /// <summary>Ready or Error.</summary>
    public string? Phase { get; init; }

    /// <summary>ConfigMap with the skill files.</summary>
    public string? ConfigMapName { get; init; }

    /// <summary>Number of skills.</summary>
    public int? SkillCount { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
