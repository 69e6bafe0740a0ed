namespace Sympozium.Abstractions.History;

/// <summary>
/// What happened to runs, kept longer than their resources. Every method throws <see cref="SympoziumUnavailableException"/> when the
/// database does not answer after some tries.
/// </summary>
public interface IRunHistory
{
    /// <summary>Adds entries, in order. An entry whose <see cref="RunHistoryEntry.Id"/> the run has already is left out, so repeating is harmless.</summary>
    Task AppendAsync(IReadOnlyList<RunHistoryEntry> entries, CancellationToken cancellationToken);

    /// <summary>Entries of a run behind a sequence number, oldest first; none for an unknown run.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="uid">One run of that name; null takes the latest.</param>
    /// <param name="after">Sequence number of the last entry that is known; 0 from the start.</param>
    /// <param name="limit">Entries at most.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<IReadOnlyList<RunHistoryEntry>> ReadAsync(ResourceKey run, string? uid, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Runs, latest first.</summary>
    Task<IReadOnlyList<RunSummary>> ListAsync(RunHistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Keeps the transcript of a run's model conversation, as JSON; a later one replaces it.</summary>
    Task SaveTranscriptAsync(ResourceKey run, string uid, string transcript, CancellationToken cancellationToken);

    /// <summary>The transcript of a run; null when there is none.</summary>
    Task<string?> FindTranscriptAsync(ResourceKey run, string? uid, CancellationToken cancellationToken);

    /// <summary>Forgets runs whose last entry is older than <paramref name="before"/>; returns how many. Works in small steps.</summary>
    Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>One thing that happened to a run.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Uid">Its <c>metadata.uid</c>: another run may have had the name before.</param>
/// <param name="Id">Names the entry within the run.</param>
/// <param name="At">When it happened, UTC.</param>
/// <param name="Topic">What happened: a topic of the event bus.</param>
/// <param name="Data">Its content as JSON; null when there is none.</param>
public sealed record RunHistoryEntry(ResourceKey Run, string Uid, string Id, DateTimeOffset At, string Topic, string? Data)
{
    /// <summary>Its place among the entries of the run, from 1; set by the store.</summary>
    public long Sequence { get; init; }

    /// <summary>Name of the run's instance, when it is known.</summary>
    public string? Instance { get; init; }

    /// <summary>The run's phase from here on, when the entry says.</summary>
    public string? Phase { get; init; }
}

/// <summary>A run as the history has it.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Uid">Its <c>metadata.uid</c>.</param>
/// <param name="Instance">Its instance; null when no entry said.</param>
/// <param name="Phase">Its last known phase; null when no entry said.</param>
/// <param name="FirstAt">Time of the first entry.</param>
/// <param name="LastAt">Time of the latest entry.</param>
/// <param name="Entries">How many entries it has.</param>
public sealed record RunSummary(
    ResourceKey Run, string Uid, string? Instance, string? Phase, DateTimeOffset FirstAt, DateTimeOffset LastAt, long Entries);

/// <summary>Which runs to list.</summary>
/// <param name="Namespace">Only this namespace; null means all.</param>
/// <param name="Instance">Only this instance; null means all.</param>
/// <param name="Before">Only runs whose latest entry is older, to turn the page; null starts with the latest.</param>
/// <param name="Limit">Runs at most.</param>
public sealed record RunHistoryQuery(string? Namespace = null, string? Instance = null, DateTimeOffset? Before = null, int Limit = 100);
