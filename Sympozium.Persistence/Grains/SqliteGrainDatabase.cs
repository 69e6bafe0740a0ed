using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Sympozium.Persistence.Sqlite;

namespace Sympozium.Persistence.Grains;

/// <summary>
/// The SQLite file of grain state and reminders. One writer takes whatever writes have queued up and commits them together, so that many
/// grains share one disk flush; a write is durable when its task completes. Reads have a connection of their own.
/// </summary>
public sealed class SqliteGrainDatabase : IAsyncDisposable
{
    private const int MaxQueuedWrites = 1024;
    private const int MaxWritesPerCommit = 256;
    private const int BusyTimeoutSeconds = 10;

    private readonly Channel<Write> _writes = Channel.CreateBounded<Write>(new BoundedChannelOptions(MaxQueuedWrites) { SingleReader = true });
    private readonly Lock _readGate = new();
    private readonly SqliteConnection _reader;
    private readonly SqliteConnection _writer;
    private readonly Task _loop;

    /// <summary>Opens the file and makes it and its tables if they are missing.</summary>
    /// <exception cref="InvalidOperationException">The file was written by a newer version.</exception>
    public SqliteGrainDatabase(string path)
    {
        SqliteNative.Use();
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString();
        _writer = new SqliteConnection(connectionString);
        _reader = new SqliteConnection(connectionString);
        try
        {
            _writer.Open();
            SqliteGrainSchema.Prepare(_writer, path);
            _reader.Open();
        }
        catch
        {
            _writer.Dispose();
            _reader.Dispose();
            throw;
        }

        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _loop;
        _writer.Dispose();
        lock (_readGate)
        {
            _reader.Dispose();
        }
    }

    /// <summary>Runs a query. It sees every write whose task has completed.</summary>
    internal T Read<T>(Func<SqliteConnection, T> query)
    {
        lock (_readGate)
        {
            return query(_reader);
        }
    }

    /// <summary>Queues a write; completes when it is on disk. A cancelled write may still happen.</summary>
    internal async Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken = default)
    {
        var queued = new Write<T>(write);
        await _writes.Writer.WriteAsync(queued, cancellationToken);
        return await queued.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        var batch = new List<Write>();
        while (await _writes.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxWritesPerCommit && _writes.Reader.TryRead(out var write))
            {
                batch.Add(write);
            }

            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Write> batch)
    {
        try
        {
            InTransaction(batch);
        }
        catch (Exception exception) when (batch.Count == 1)
        {
            batch[0].Fail(exception);
        }
        catch
        {
            // One of them is to blame; alone, each answers for itself.
            foreach (var write in batch)
            {
                Commit([write]);
            }
        }
    }

    private void InTransaction(List<Write> batch)
    {
        _writer.Execute("BEGIN IMMEDIATE");
        try
        {
            foreach (var write in batch)
            {
                write.Execute(_writer);
            }

            _writer.Execute("COMMIT");
        }
        catch
        {
            RollBack();
            throw;
        }

        foreach (var write in batch)
        {
            write.Succeed();
        }
    }

    private void RollBack()
    {
        try
        {
            _writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full; the first error is the one that counts.
        }
    }

    private abstract class Write
    {
        public abstract void Execute(SqliteConnection connection);

        public abstract void Succeed();

        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<SqliteConnection, T> work) : Write
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Execute(SqliteConnection connection) => _result = work(connection);

        public override void Succeed() => _done.SetResult(_result!);

        public override void Fail(Exception exception) => _done.SetException(exception);
    }
}
