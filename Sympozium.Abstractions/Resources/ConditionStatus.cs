namespace Sympozium.Abstractions.Resources;

/// <summary>One condition (meta/v1 Condition).</summary>
public sealed record ConditionStatus
{
    /// <summary>What is true or not.</summary>
    public required string Type { get; init; }

    /// <summary>True, False or Unknown.</summary>
    [AllowedWords("True", "False", "Unknown")]
    public required string Status { get; init; }

    /// <summary>Machine-readable reason.</summary>
    public string? Reason { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>When status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Generation of the spec that this is about.</summary>
    public long? ObservedGeneration { get; init; }
}
