using Orleans;

namespace Sympozium.Abstractions.Runs;

/// <summary>Provider and model of a run. It names the secret; it never holds the key.</summary>
[Alias("sympozium.model-route")]
public sealed record ModelRoute
{
    /// <summary><c>metadata.uid</c> of the run; the broker refuses a token that was made for another uid.</summary>
    public string RunUid { get; init; } = "";

    /// <summary>Name of the provider, for example <c>openai</c> or <c>anthropic</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Model name as the provider knows it.</summary>
    public required string Model { get; init; }

    /// <summary>Base URL from the instance; null takes the secret's <c>OPENAI_BASE_URL</c>, else the provider's own.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Namespace of the secret.</summary>
    public required string SecretNamespace { get; init; }

    /// <summary>Name of the secret with the key; null for providers that need none.</summary>
    public string? SecretName { get; init; }

    /// <summary>Further request headers from the instance.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>What one model call used, as the provider's answer said.</summary>
[Alias("sympozium.model-call-usage")]
public sealed record ModelCallUsage
{
    /// <summary>Id of the call, to count it once.</summary>
    public required string CallId { get; init; }

    /// <summary>Prompt tokens.</summary>
    public long InputTokens { get; init; }

    /// <summary>Completion tokens, reasoning included.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Prompt tokens served from the provider's cache.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Reasoning tokens, part of <see cref="OutputTokens"/>.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>Tool calls that the answer asked for.</summary>
    public int ToolCalls { get; init; }

    /// <summary>Whether the provider reported no usage and the counts are the broker's estimate.</summary>
    public bool Estimated { get; init; }
}

/// <summary>What a run used in all; written to <c>status.tokenUsage</c>.</summary>
[Alias("sympozium.token-usage")]
public sealed record TokenUsage
{
    /// <summary>Prompt tokens of all model calls.</summary>
    public long InputTokens { get; init; }

    /// <summary>Completion tokens of all model calls.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Sum of both.</summary>
    public long TotalTokens { get; init; }

    /// <summary>Tool calls that the model asked for.</summary>
    public int ToolCalls { get; init; }

    /// <summary>From the pod's start to the result, in milliseconds.</summary>
    public long DurationMs { get; init; }

    /// <summary>Prompt tokens served from the provider's cache.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Reasoning tokens, part of <see cref="OutputTokens"/>.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>Model calls.</summary>
    public int ModelCalls { get; init; }
}

/// <summary>Data of <c>agent.run.phase</c>: the control plane wrote this phase to the run's status.</summary>
public sealed record RunPhaseChange
{
    /// <summary>One of <see cref="RunPhase"/>.</summary>
    public required string Phase { get; init; }

    /// <summary>Machine-readable reason, for failed runs one of <see cref="RunFailureReasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>The answer, when the phase is terminal and there is one.</summary>
    public string? Result { get; init; }

    /// <summary>What the run used, when the phase is terminal.</summary>
    public TokenUsage? Usage { get; init; }
}

/// <summary>Data of <c>agent.model.call</c>: what one model call of a run used, and of whom.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Usage">What it used.</param>
public sealed record ModelCallCompleted(string Provider, string Model, ModelCallUsage Usage);
