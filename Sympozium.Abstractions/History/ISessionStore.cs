namespace Sympozium.Abstractions.History;

/// <summary>
/// Conversations that go on over several runs, by instance and session key. Throws <see cref="SympoziumUnavailableException"/> when the
/// database does not answer.
/// </summary>
public interface ISessionStore
{
    /// <summary>Adds messages to a session, which is made when it is new. Messages of a run that has added some already are left out, so repeating is harmless.</summary>
    Task AddAsync(SessionKey session, string runUid, IReadOnlyList<SessionMessage> messages, CancellationToken cancellationToken);

    /// <summary>The last messages of a session, oldest first; none for an unknown session.</summary>
    Task<IReadOnlyList<SessionMessage>> ReadAsync(SessionKey session, int last, CancellationToken cancellationToken);

    /// <summary>Sessions of a namespace, latest first, optionally of one instance.</summary>
    Task<IReadOnlyList<SessionSummary>> ListSessionsAsync(string @namespace, string? instance, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets a session; false when there is none.</summary>
    Task<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>Forgets sessions without a message since a time; returns how many.</summary>
    Task<int> PruneSessionsAsync(DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>Identity of a session.</summary>
/// <param name="Namespace">Namespace of the instance.</param>
/// <param name="Instance">Name of the instance.</param>
/// <param name="Key">The session's key, chosen by the channel or the client.</param>
public readonly record struct SessionKey(string Namespace, string Instance, string Key);

/// <summary>One message of a session.</summary>
/// <param name="Role"><c>user</c>, <c>assistant</c>, <c>system</c> or <c>tool</c>.</param>
/// <param name="Content">Its text.</param>
/// <param name="At">When, UTC.</param>
public sealed record SessionMessage(string Role, string Content, DateTimeOffset At);

/// <summary>A session in a list.</summary>
/// <param name="Session">Its identity.</param>
/// <param name="CreatedAt">Time of its first message.</param>
/// <param name="UpdatedAt">Time of its latest message.</param>
/// <param name="Messages">How many messages it has.</param>
public sealed record SessionSummary(SessionKey Session, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Messages);
