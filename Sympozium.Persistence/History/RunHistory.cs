using System.Data.Common;
using Sympozium.Abstractions;
using Sympozium.Abstractions.History;

namespace Sympozium.Persistence.History;

/// <summary>Run history on either database.</summary>
public sealed class RunHistory(HistoryDatabase database, HistoryOptions options) : IRunHistory
{
    // Updating the run's row first also orders writers of one run: PostgreSQL holds its lock until the commit, SQLite has one writer.
    private const string Touch = """
        INSERT INTO run_history (run_uid, run_namespace, run_name, instance, phase, first_at, last_at, entries)
        VALUES (@uid, @namespace, @name, @instance, NULL, @at, @at, 0)
        ON CONFLICT (run_uid) DO UPDATE SET instance = coalesce(run_history.instance, excluded.instance)
        """;

    private const string Add = """
        INSERT INTO run_history_entry (run_uid, entry_id, sequence, at, topic, phase, data)
        SELECT @uid, @id, entries + 1, @at, @topic, @phase, @data FROM run_history WHERE run_uid = @uid
        ON CONFLICT (run_uid, entry_id) DO NOTHING
        """;

    private const string Count = """
        UPDATE run_history SET
            entries = entries + 1,
            phase = coalesce(@phase, phase),
            first_at = CASE WHEN @at < first_at THEN @at ELSE first_at END,
            last_at = CASE WHEN @at > last_at THEN @at ELSE last_at END
        WHERE run_uid = @uid
        """;

    private const string Latest = """
        (SELECT run_uid FROM run_history WHERE run_namespace = @namespace AND run_name = @name
         AND (@uid IS NULL OR run_uid = @uid) ORDER BY last_at DESC, run_uid LIMIT 1)
        """;

    private const string Read = $"""
        SELECT entry.run_uid, entry.entry_id, entry.sequence, entry.at, entry.topic, entry.phase, entry.data, run.instance
        FROM run_history_entry entry JOIN run_history run ON run.run_uid = entry.run_uid
        WHERE entry.run_uid = {Latest} AND entry.sequence > @after ORDER BY entry.sequence LIMIT @limit
        """;

    private const string List = """
        SELECT run_namespace, run_name, run_uid, instance, phase, first_at, last_at, entries FROM run_history
        WHERE (@namespace IS NULL OR run_namespace = @namespace) AND (@instance IS NULL OR instance = @instance) AND last_at < @before
        ORDER BY last_at DESC, run_uid LIMIT @limit
        """;

    private const string SaveTranscript = "UPDATE run_history SET transcript = @transcript WHERE run_uid = @uid";
    private const string ReadTranscript = $"SELECT transcript FROM run_history WHERE run_uid = {Latest}";
    private const string Old = "SELECT run_uid FROM run_history WHERE last_at < @before ORDER BY last_at LIMIT @limit";
    private const string DeleteEntries = "DELETE FROM run_history_entry WHERE run_uid = @uid";
    private const string DeleteRun = "DELETE FROM run_history WHERE run_uid = @uid AND last_at < @before";

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<RunHistoryEntry> entries, CancellationToken cancellationToken) =>
        entries.Count == 0 ? Task.CompletedTask : database.RunAsync(
            async (transaction, token) =>
            {
                // In the order of runs, so that two writers of several runs cannot wait for each other in a circle.
                foreach (IGrouping<string, RunHistoryEntry> run in entries.GroupBy(entry => entry.Uid).OrderBy(run => run.Key, StringComparer.Ordinal))
                {
                    await AppendToRunAsync(transaction, [.. run], token);
                }

                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RunHistoryEntry>> ReadAsync(ResourceKey run, string? uid, long after, int limit, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(
                Read,
                row => new RunHistoryEntry(run, row.GetString(0), row.GetString(1), row.Time(3), row.GetString(4), row.TextOrNull(6))
                {
                    Sequence = row.GetInt64(2),
                    Phase = row.TextOrNull(5),
                    Instance = row.TextOrNull(7),
                },
                token,
                ("namespace", run.Namespace), ("name", run.Name), ("uid", uid), ("after", after), ("limit", limit)),
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RunSummary>> ListAsync(RunHistoryQuery query, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(
                List,
                static row => new RunSummary(
                    new ResourceKey(row.GetString(0), row.GetString(1)),
                    row.GetString(2), row.TextOrNull(3), row.TextOrNull(4), row.Time(5), row.Time(6), row.GetInt64(7)),
                token,
                ("namespace", query.Namespace), ("instance", query.Instance), ("before", query.Before?.Stored() ?? long.MaxValue), ("limit", query.Limit)),
            cancellationToken);

    /// <inheritdoc/>
    public Task SaveTranscriptAsync(ResourceKey run, string uid, string transcript, CancellationToken cancellationToken) => database.RunAsync(
        (transaction, token) => transaction.ExecuteAsync(SaveTranscript, token, ("uid", uid), ("transcript", transcript)),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<string?> FindTranscriptAsync(ResourceKey run, string? uid, CancellationToken cancellationToken) => (await database.RunAsync(
        (transaction, token) => transaction.QueryAsync(
            ReadTranscript, static row => row.TextOrNull(0), token, ("namespace", run.Namespace), ("name", run.Name), ("uid", uid)),
        cancellationToken)).FirstOrDefault();

    /// <inheritdoc/>
    public async Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        int removed = 0;
        int step;
        do
        {
            step = await database.RunAsync((transaction, token) => PruneStepAsync(transaction, before.Stored(), token), cancellationToken);
            removed += step;
        }
        while (step == options.PruneBatch);

        return removed;
    }

    private static async Task AppendToRunAsync(DbTransaction transaction, RunHistoryEntry[] entries, CancellationToken cancellationToken)
    {
        RunHistoryEntry first = entries[0];
        await transaction.ExecuteAsync(
            Touch, cancellationToken,
            ("uid", first.Uid), ("namespace", first.Run.Namespace), ("name", first.Run.Name), ("at", first.At.Stored()),
            ("instance", entries.Select(entry => entry.Instance).FirstOrDefault(instance => instance is not null)));
        foreach (RunHistoryEntry entry in entries)
        {
            int added = await transaction.ExecuteAsync(
                Add, cancellationToken,
                ("uid", entry.Uid), ("id", entry.Id), ("at", entry.At.Stored()), ("topic", entry.Topic), ("phase", entry.Phase), ("data", entry.Data));
            if (added > 0)
            {
                await transaction.ExecuteAsync(Count, cancellationToken, ("uid", entry.Uid), ("at", entry.At.Stored()), ("phase", entry.Phase));
            }
        }
    }

    private async Task<int> PruneStepAsync(DbTransaction transaction, long before, CancellationToken cancellationToken)
    {
        List<string> old = await transaction.QueryAsync(
            Old, static row => row.GetString(0), cancellationToken, ("before", before), ("limit", options.PruneBatch));
        foreach (string uid in old)
        {
            // A run that was written to in between stays.
            if (await transaction.ExecuteAsync(DeleteRun, cancellationToken, ("uid", uid), ("before", before)) > 0)
            {
                await transaction.ExecuteAsync(DeleteEntries, cancellationToken, ("uid", uid));
            }
        }

        return old.Count;
    }
}
