using System.Data.Common;
using Sympozium.Abstractions.History;

namespace Sympozium.Persistence.History;

/// <summary>Sessions on either database.</summary>
public sealed class SessionStore(HistoryDatabase database, HistoryOptions options) : ISessionStore
{
    private const string ThisSession = "session_namespace = @namespace AND instance = @instance AND session_key = @key";

    // Also orders writers of one session, as in RunHistory.
    private const string Touch = """
        INSERT INTO session (session_namespace, instance, session_key, created_at, updated_at, messages)
        VALUES (@namespace, @instance, @key, @at, @at, 0)
        ON CONFLICT (session_namespace, instance, session_key)
        DO UPDATE SET updated_at = CASE WHEN excluded.updated_at > session.updated_at THEN excluded.updated_at ELSE session.updated_at END
        """;

    private const string HasRun = $"SELECT 1 FROM session_message WHERE {ThisSession} AND run_uid = @uid LIMIT 1";

    private const string Add = $"""
        INSERT INTO session_message (session_namespace, instance, session_key, sequence, run_uid, role, content, at)
        SELECT session_namespace, instance, session_key, messages + 1, @uid, @role, @content, @at FROM session WHERE {ThisSession}
        """;

    private const string Count = $"UPDATE session SET messages = messages + 1 WHERE {ThisSession}";

    private const string Read = $"SELECT role, content, at FROM session_message WHERE {ThisSession} ORDER BY sequence DESC LIMIT @last";

    private const string List = """
        SELECT instance, session_key, created_at, updated_at, messages FROM session
        WHERE session_namespace = @namespace AND (@instance IS NULL OR instance = @instance)
        ORDER BY updated_at DESC, instance, session_key LIMIT @limit
        """;

    private const string DeleteMessages = $"DELETE FROM session_message WHERE {ThisSession}";
    private const string DeleteSession = $"DELETE FROM session WHERE {ThisSession}";

    private const string Old = """
        SELECT session_namespace, instance, session_key FROM session WHERE updated_at < @before ORDER BY updated_at LIMIT @limit
        """;

    /// <inheritdoc/>
    public Task AddAsync(SessionKey session, string runUid, IReadOnlyList<SessionMessage> messages, CancellationToken cancellationToken) =>
        messages.Count == 0 ? Task.CompletedTask : database.RunAsync((transaction, token) => AddAsync(transaction, session, runUid, messages, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionMessage>> ReadAsync(SessionKey session, int last, CancellationToken cancellationToken)
    {
        List<SessionMessage> newestFirst = await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(
                Read, static row => new SessionMessage(row.GetString(0), row.GetString(1), row.Time(2)), token, [.. Identity(session), ("last", last)]),
            cancellationToken);
        newestFirst.Reverse();
        return newestFirst;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionSummary>> ListSessionsAsync(string @namespace, string? instance, int limit, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(
                List,
                row => new SessionSummary(new SessionKey(@namespace, row.GetString(0), row.GetString(1)), row.Time(2), row.Time(3), row.GetInt64(4)),
                token,
                ("namespace", @namespace), ("instance", instance), ("limit", limit)),
            cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) =>
        database.RunAsync((transaction, token) => DeleteAsync(transaction, session, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<int> PruneSessionsAsync(DateTimeOffset before, CancellationToken cancellationToken)
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

    private static (string Name, object? Value)[] Identity(SessionKey session) =>
        [("namespace", session.Namespace), ("instance", session.Instance), ("key", session.Key)];

    private static async Task<bool> AddAsync(
        DbTransaction transaction, SessionKey session, string runUid, IReadOnlyList<SessionMessage> messages, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(Touch, cancellationToken, [.. Identity(session), ("at", messages[^1].At.Stored())]);
        if ((await transaction.QueryAsync(HasRun, static row => row.GetValue(0), cancellationToken, [.. Identity(session), ("uid", runUid)])).Count > 0)
        {
            return false;
        }

        foreach (SessionMessage message in messages)
        {
            await transaction.ExecuteAsync(
                Add, cancellationToken,
                [.. Identity(session), ("uid", runUid), ("role", message.Role), ("content", message.Content), ("at", message.At.Stored())]);
            await transaction.ExecuteAsync(Count, cancellationToken, Identity(session));
        }

        return true;
    }

    private static async Task<bool> DeleteAsync(DbTransaction transaction, SessionKey session, CancellationToken cancellationToken)
    {
        bool found = await transaction.ExecuteAsync(DeleteSession, cancellationToken, Identity(session)) > 0;
        await transaction.ExecuteAsync(DeleteMessages, cancellationToken, Identity(session));
        return found;
    }

    private async Task<int> PruneStepAsync(DbTransaction transaction, long before, CancellationToken cancellationToken)
    {
        List<SessionKey> old = await transaction.QueryAsync(
            Old,
            static row => new SessionKey(row.GetString(0), row.GetString(1), row.GetString(2)),
            cancellationToken,
            ("before", before), ("limit", options.PruneBatch));
        foreach (SessionKey session in old)
        {
            await DeleteAsync(transaction, session, cancellationToken);
        }

        return old.Count;
    }
}
