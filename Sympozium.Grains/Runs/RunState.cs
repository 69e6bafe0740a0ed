using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>What a run's grain must remember that stands in no resource.</summary>
public sealed record RunState
{
    /// <summary>Tokens counted so far; written to the resource when the run ends.</summary>
    public TokenUsage Usage { get; init; } = new();

    /// <summary>Ids of the latest counted model calls, so that a repeated report counts once.</summary>
    public IReadOnlyList<string> CountedCalls { get; init; } = [];

    /// <summary>Uid of the run that this is about; a run made anew under the same name starts from nothing.</summary>
    public string RunUid { get; init; } = "";

    /// <summary>When the run was taken up; the resource has only whole seconds.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}
