using System.ComponentModel.DataAnnotations;

namespace Sympozium.Persistence.History;

/// <summary>How long things are kept, and how patient the stores are.</summary>
public sealed class HistoryOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string SectionName = "Sympozium:History";

    /// <summary>How long a run's history and transcript are kept after its last entry.</summary>
    /// <value>Default 30 days.</value>
    public TimeSpan KeepRuns { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long single model calls are kept for sums of usage.</summary>
    /// <value>Default 400 days: a year and a month to compare with.</value>
    public TimeSpan KeepUsage { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How long a session is kept after its last message.</summary>
    /// <value>Default 90 days.</value>
    public TimeSpan KeepSessions { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How often what is too old is removed.</summary>
    /// <value>Default 1 hour.</value>
    public TimeSpan PruneEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a statement is tried again while the database is away.</summary>
    /// <value>Default 15 s.</value>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Runs, calls or sessions that one step of pruning removes, so that nothing waits long behind it.</summary>
    /// <value>Default 500, at least 1.</value>
    [Range(1, 100_000)]
    public int PruneBatch { get; set; } = 500;
}
