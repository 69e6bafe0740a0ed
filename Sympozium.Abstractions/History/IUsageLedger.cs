namespace Sympozium.Abstractions.History;

/// <summary>What model calls used and cost, one line a call. Throws <see cref="SympoziumUnavailableException"/> when the database does not answer.</summary>
public interface IUsageLedger
{
    /// <summary>Adds calls; one whose <see cref="UsageEntry.CallId"/> is there already is left out.</summary>
    Task RecordAsync(IReadOnlyList<UsageEntry> entries, CancellationToken cancellationToken);

    /// <summary>Sums by namespace, instance, provider and model over calls from <paramref name="from"/> on and before <paramref name="until"/>.</summary>
    Task<IReadOnlyList<UsageTotal>> SumAsync(string? @namespace, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Forgets calls before a time; returns how many.</summary>
    Task<int> PruneUsageAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>One model call.</summary>
/// <param name="CallId">Names the call.</param>
/// <param name="Run">For which run.</param>
/// <param name="Instance">The run's instance; null when unknown.</param>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="At">When it ended, UTC.</param>
/// <param name="InputTokens">Prompt tokens.</param>
/// <param name="OutputTokens">Completion tokens, reasoning included.</param>
public sealed record UsageEntry(
    string CallId, ResourceKey Run, string? Instance, string Provider, string Model, DateTimeOffset At, long InputTokens, long OutputTokens)
{
    /// <summary>Prompt tokens served from the provider's cache.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Reasoning tokens, part of the output tokens.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>Whether the counts are an estimate.</summary>
    public bool Estimated { get; init; }

    /// <summary>Cost in millionths of a US dollar; null when no price is known.</summary>
    public long? CostMicroUsd { get; init; }
}

/// <summary>A sum over model calls.</summary>
/// <param name="Namespace">Namespace of the runs.</param>
/// <param name="Instance">Instance of the runs; null when unknown.</param>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Calls">How many calls.</param>
/// <param name="InputTokens">Prompt tokens.</param>
/// <param name="OutputTokens">Completion tokens.</param>
/// <param name="CostMicroUsd">Cost of the calls whose price is known, in millionths of a US dollar.</param>
public sealed record UsageTotal(
    string Namespace, string? Instance, string Provider, string Model, long Calls, long InputTokens, long OutputTokens, long CostMicroUsd);
