using System.Text.Json.Serialization;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Abstractions.Resources;

/// <summary>What became of a run. Both spellings that readers use are written: result and output, startedAt and startTime, completedAt and completionTime.</summary>
public sealed record AgentRunStatus
{
    /// <summary>Pending, Running, Serving, AwaitingApproval, AwaitingDelegate, PostRunning, Succeeded, Failed, Skipped or Cancelled.</summary>
    public string? Phase { get; init; }

    /// <summary>Machine-readable reason of the phase.</summary>
    public string? Reason { get; init; }

    /// <summary>The answer.</summary>
    public string? Result { get; init; }

    /// <summary>The answer, as an older spelling of result.</summary>
    public string? Output { get; init; }

    /// <summary>What went wrong and what to do about it.</summary>
    public string? Error { get; init; }

    /// <summary>Name of the run's Job.</summary>
    public string? JobName { get; init; }

    /// <summary>Name of the Sandbox that runs it, with agentSandbox.</summary>
    public string? SandboxName { get; init; }

    /// <summary>Name of the SandboxClaim, with a warm pool.</summary>
    public string? SandboxClaimName { get; init; }

    /// <summary>Name of the Deployment, in mode server.</summary>
    public string? DeploymentName { get; init; }

    /// <summary>Name of the Service, in mode server.</summary>
    public string? ServiceName { get; init; }

    /// <summary>Name of the Job with the postRun hooks.</summary>
    public string? PostRunJobName { get; init; }

    /// <summary>What the gate said: approved, rejected, rewritten, timeout, error or allowed-by-default.</summary>
    public string? GateVerdict { get; init; }

    /// <summary>Name of the run's Pod.</summary>
    public string? PodName { get; init; }

    /// <summary>Exit code of the agent container.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When the run was taken up.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the run was taken up, as an older spelling of startedAt.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When the run ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When the run ended, as an older spelling of completedAt.</summary>
    public DateTimeOffset? CompletionTime { get; init; }

    /// <summary>What the run used, as counted by the broker.</summary>
    public TokenUsage? TokenUsage { get; init; }

    /// <summary>What it cost, frozen at its end; absent when the model has no price.</summary>
    public CostEstimateStatus? CostEstimate { get; init; }

    /// <summary>Id of the run's trace (W3C, 32 hexadecimal digits).</summary>
    [JsonPropertyName("traceID")]
    public string? TraceId { get; init; }

    /// <summary>Runs that this one has started and waits for.</summary>
    [Items(Key = "childRunName")]
    public IReadOnlyList<DelegateStatus>? Delegates { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}

/// <summary>What a run cost, in millionths of the currency.</summary>
public sealed record CostEstimateStatus
{
    /// <summary>All of it.</summary>
    public required long AmountMicro { get; init; }

    /// <summary>The prompt tokens' part.</summary>
    public long? InputAmountMicro { get; init; }

    /// <summary>The completion tokens' part.</summary>
    public long? OutputAmountMicro { get; init; }

    /// <summary>Currency (ISO 4217); always USD.</summary>
    public required string Currency { get; init; }

    /// <summary>Where the price comes from.</summary>
    [AllowedWords("defaultTable", "simulated")]
    public required string Source { get; init; }

    /// <summary>Line of the price table, as provider/match.</summary>
    public string? PriceKey { get; init; }

    /// <summary>When it was computed.</summary>
    public DateTimeOffset? EstimatedAt { get; init; }
}

/// <summary>A run that another one has started.</summary>
public sealed record DelegateStatus
{
    /// <summary>Name of the started run.</summary>
    public required string ChildRunName { get; init; }

    /// <summary>Persona that it was meant for.</summary>
    public string? TargetPersona { get; init; }

    /// <summary>Batch that it belongs to.</summary>
    public string? BatchId { get; init; }

    /// <summary>Task inside the batch.</summary>
    public string? TaskId { get; init; }

    /// <summary>Its phase as last seen.</summary>
    public string? Phase { get; init; }

    /// <summary>Its answer.</summary>
    public string? Result { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }
}
