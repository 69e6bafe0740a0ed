using Orleans;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>What a run's grain must remember that stands in no resource.</summary>
[GenerateSerializer]
[Alias("sympozium.run-state")]
public sealed record RunState
{
    /// <summary>Tokens counted so far; written to the resource when the run ends.</summary>
    [Id(0)]
    public TokenUsage Usage { get; init; } = new();

    /// <summary>Ids of the latest counted model calls, so that a repeated report counts once.</summary>
    [Id(1)]
    public IReadOnlyList<string> CountedCalls { get; init; } = [];

    /// <summary>Uid of the run that this is about; a run made anew under the same name starts from nothing.</summary>
    [Id(2)]
    public string RunUid { get; init; } = "";

    /// <summary>When the run was taken up; the resource has only whole seconds.</summary>
    [Id(3)]
    public DateTimeOffset? StartedAt { get; init; }
}
