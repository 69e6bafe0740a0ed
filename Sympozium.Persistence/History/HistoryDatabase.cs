using System.Data.Common;
using Sympozium.Abstractions;

namespace Sympozium.Persistence.History;

/// <summary>
/// Where history, sessions, usage and keys are: all that differs between SQLite and PostgreSQL. The stores above speak one SQL.
/// A transaction that fails for a passing reason (a lost connection, a server that restarts, a deadlock) is tried again from its start
/// for <see cref="HistoryOptions.RetryFor"/>; the stores' writes are therefore repeatable.
/// </summary>
public abstract class HistoryDatabase(HistoryOptions options, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>How to call it in a message, without secrets.</summary>
    protected abstract string Name { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Makes the tables or brings them to the newest version.</summary>
    /// <exception cref="Postgres.SchemaTooNewException">A newer program has migrated them.</exception>
    public abstract Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Runs statements in one transaction.</summary>
    /// <exception cref="SympoziumUnavailableException">The database did not answer in time, however often it was tried.</exception>
    internal async Task<T> RunAsync<T>(Func<DbTransaction, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                await using DbConnection connection = await OpenAsync(cancellationToken);
                // SQLite's is not a deferred one: that would fail at once, without the busy time-out, when another has written in between.
                await using DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
                T result = await work(transaction, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return result;
            }
            catch (DbException passing) when (IsTransient(passing))
            {
                if (time.GetElapsedTime(start) + pause > options.RetryFor)
                {
                    throw new SympoziumUnavailableException(
                        $"{Name} did not answer for {options.RetryFor.TotalSeconds:0.#} s: {passing.Message} Try again when it is back.", passing);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Opens a connection.</summary>
    protected abstract ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Whether the same statements may succeed later.</summary>
    protected abstract bool IsTransient(DbException failure);
}
