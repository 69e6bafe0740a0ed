using System.Buffers.Binary;
using System.Numerics;
using SQLitePCL;
using Sympozium.Persistence.Sqlite;

namespace Sympozium.LocalCluster.Store;

/// <summary>
/// The log of all changes in one SQLite file. One row per change, keyed by its revision; the row of a deletion holds the
/// last state. Only the store's writer thread uses it. The database is locked for this process as long as it is open.
/// </summary>
internal sealed class LogDatabase : IDisposable
{
    // Small made-up versions in requests are then recognisably older than everything.
    private const long FirstRevision = 1_000;

    private const int BusyTimeoutMilliseconds = 250;
    private const int PageBytes = 4_096;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS log(
          revision INTEGER PRIMARY KEY, previous INTEGER NOT NULL, deleted INTEGER NOT NULL,
          grp TEXT NOT NULL, plural TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, sum INTEGER) STRICT;
        CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
        """;

    private readonly string _path;
    private sqlite3? _db;
    private sqlite3_stmt? _insert;
    private sqlite3_stmt? _begin;
    private sqlite3_stmt? _commit;
    private sqlite3_stmt? _rollback;
    private bool _isVerified;

    private LogDatabase(string path) => _path = path;

    /// <summary>Changes up to here may be gone.</summary>
    public long Compacted { get; private set; }

    /// <summary>Why the copy that is made at the end could not be; known once disposed.</summary>
    public string? CopyProblem { get; private set; }

    /// <exception cref="StoreOpenException">Damaged, of another product, not writable, or in use.</exception>
    public static LogDatabase Open(StoreOptions options)
    {
        SqliteNative.Use();
        LogDatabase database = new(options.Path);
        try
        {
            database.OpenFile(options);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Every row in order of its revision; to be read to the end.</summary>
    /// <exception cref="StoreOpenException">A row is not what was written.</exception>
    public IEnumerable<LogRow> Load()
    {
        using sqlite3_stmt statement = Prepare("SELECT revision, previous, deleted, grp, plural, ns, name, value, sum FROM log ORDER BY revision");
        int code;
        while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
        {
            ResourceKey resource = new(string.Intern(Text(statement, 3)), string.Intern(Text(statement, 4)));
            ObjectKey key = new(resource, string.Intern(Text(statement, 5)), Text(statement, 6));
            LogRow row = new(
                key, raw.sqlite3_column_int64(statement, 0), raw.sqlite3_column_int64(statement, 1), raw.sqlite3_column_int(statement, 2) != 0,
                raw.sqlite3_column_blob(statement, 7).ToArray());
            // Rows of older versions have none.
            if (raw.sqlite3_column_type(statement, 8) != raw.SQLITE_NULL && raw.sqlite3_column_int64(statement, 8) != row.Checksum())
            {
                throw Damaged($"revision {row.Revision}, {key}, does not match its checksum");
            }

            yield return row;
        }

        if (code != raw.SQLITE_DONE)
        {
            throw OpenFailure(code);
        }

        _isVerified = true;
    }

    public void Begin() => Run(_begin!);

    public void Append(LogRow row)
    {
        sqlite3_stmt insert = _insert!;
        raw.sqlite3_bind_int64(insert, 1, row.Revision);
        raw.sqlite3_bind_int64(insert, 2, row.Previous);
        raw.sqlite3_bind_int(insert, 3, row.IsDeletion ? 1 : 0);
        raw.sqlite3_bind_text(insert, 4, row.Key.Resource.Group);
        raw.sqlite3_bind_text(insert, 5, row.Key.Resource.Plural);
        raw.sqlite3_bind_text(insert, 6, row.Key.Namespace);
        raw.sqlite3_bind_text(insert, 7, row.Key.Name);
        raw.sqlite3_bind_blob(insert, 8, row.Value.Span);
        raw.sqlite3_bind_int64(insert, 9, row.Checksum());
        Run(insert);
    }

    /// <summary>Returns when the transaction is on the disk.</summary>
    public void Commit() => Run(_commit!);

    public void Rollback()
    {
        // Some failures, a full disk among them, have rolled back already.
        if (raw.sqlite3_get_autocommit(_db) == 0)
        {
            raw.sqlite3_step(_rollback);
            raw.sqlite3_reset(_rollback);
        }
    }

    /// <summary>Removes what was superseded or deleted at or before a revision; that revision stays a valid start for watches.</summary>
    public void Compact(long revision)
    {
        Begin();
        try
        {
            using sqlite3_stmt superseded = Prepare("DELETE FROM log WHERE revision IN (SELECT previous FROM log WHERE revision > ?1 AND revision <= ?2 AND previous > 0)");
            raw.sqlite3_bind_int64(superseded, 1, Compacted);
            raw.sqlite3_bind_int64(superseded, 2, revision);
            Run(superseded);
            using sqlite3_stmt deleted = Prepare("DELETE FROM log WHERE deleted = 1 AND revision <= ?1");
            raw.sqlite3_bind_int64(deleted, 1, revision);
            Run(deleted);
            WriteMeta("compacted", revision);
            Commit();
            Compacted = revision;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert?.Dispose();
        _begin?.Dispose();
        _commit?.Dispose();
        _rollback?.Dispose();
        _db?.Dispose();
        if (_isVerified)
        {
            _isVerified = false;
            CopyProblem = DatabaseCopy.Make(_path);
        }
    }

    private void OpenFile(StoreOptions options)
    {
        int code = raw.sqlite3_open_v2(_path, out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            throw OpenFailure(code);
        }

        raw.sqlite3_busy_timeout(_db, BusyTimeoutMilliseconds);
        // Exclusive: a second process is refused, and WAL needs no shared memory file.
        Execute("PRAGMA locking_mode=EXCLUSIVE");
        Execute($"PRAGMA page_size={PageBytes}");
        Execute("PRAGMA journal_mode=WAL");
        Execute("PRAGMA synchronous=FULL");
        Execute("PRAGMA journal_size_limit=16777216");
        Execute($"PRAGMA max_page_count={Math.Max(16, options.MaxFileBytes / PageBytes)}");
        Execute(Schema);
        Check();
        if (!HasChecksums())
        {
            Execute("ALTER TABLE log ADD COLUMN sum INTEGER");
        }

        if (ReadMeta("compacted") is { } compacted)
        {
            Compacted = compacted;
        }
        else
        {
            Compacted = FirstRevision;
            WriteMeta("compacted", FirstRevision);
        }

        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _insert = Prepare("INSERT INTO log(revision, previous, deleted, grp, plural, ns, name, value, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    }

    // Every page is read at start anyway, so the check costs little; a damaged page found later would lose acknowledged writes silently.
    private void Check()
    {
        using sqlite3_stmt statement = Prepare("PRAGMA quick_check(1)");
        int code = raw.sqlite3_step(statement);
        if (code != raw.SQLITE_ROW)
        {
            throw OpenFailure(code);
        }

        string answer = Text(statement, 0);
        if (answer != "ok")
        {
            throw Damaged(answer);
        }
    }

    private bool HasChecksums()
    {
        using sqlite3_stmt statement = Prepare("SELECT 1 FROM pragma_table_info('log') WHERE name = 'sum'");
        return raw.sqlite3_step(statement) == raw.SQLITE_ROW;
    }

    private long? ReadMeta(string name)
    {
        using sqlite3_stmt statement = Prepare("SELECT value FROM meta WHERE name = ?1");
        raw.sqlite3_bind_text(statement, 1, name);
        return raw.sqlite3_step(statement) == raw.SQLITE_ROW ? raw.sqlite3_column_int64(statement, 0) : null;
    }

    private void WriteMeta(string name, long value)
    {
        using sqlite3_stmt statement = Prepare("INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value");
        raw.sqlite3_bind_text(statement, 1, name);
        raw.sqlite3_bind_int64(statement, 2, value);
        Run(statement);
    }

    private void Execute(string sql)
    {
        int code = raw.sqlite3_exec(_db, sql, out string _);
        if (code != raw.SQLITE_OK)
        {
            throw OpenFailure(code);
        }
    }

    private sqlite3_stmt Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v2(_db, sql, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK ? statement : throw OpenFailure(code);
    }

    private void Run(sqlite3_stmt statement)
    {
        int code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            throw WriteFailure(code);
        }
    }

    private StoreWriteException WriteFailure(int code) => (code & 0xff) == raw.SQLITE_FULL
        ? new StoreWriteException($"no space left for the cluster database '{_path}': free disk space, or raise its size limit; nothing of this write was stored")
        : new StoreWriteException($"the cluster database '{_path}' cannot be written ({Error(code)}); nothing of this write was stored");

    private StoreOpenException OpenFailure(int code) => (code & 0xff) switch
    {
        raw.SQLITE_BUSY => new StoreOpenException($"The cluster database '{_path}' is in use by another process. Stop that control plane, or use another data directory."),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => Damaged(Error(code)),
        raw.SQLITE_FULL => new StoreOpenException($"No space left for the cluster database '{_path}'. Free disk space and start again; nothing is lost."),
        raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM => new StoreOpenException(
            $"The cluster database '{_path}' cannot be opened for writing ({Error(code)}). Check the owner and the permissions of the file and its folder."),
        _ => new StoreOpenException($"The cluster database '{_path}' cannot be opened: {Error(code)}."),
    };

    private StoreOpenException Damaged(string answer) =>
        new($"The cluster database '{_path}' is damaged ({answer}). It was left as it is. {DatabaseCopy.Advice(_path)}");

    private string Error(int code) => _db is null ? raw.sqlite3_errstr(code).utf8_to_string() : raw.sqlite3_errmsg(_db).utf8_to_string();

    private static string Text(sqlite3_stmt statement, int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();
}

/// <summary>One row of the log; <paramref name="Previous"/> is the revision that it supersedes, 0 for a creation.</summary>
internal sealed record LogRow(ObjectKey Key, long Revision, long Previous, bool IsDeletion, ReadOnlyMemory<byte> Value)
{
    /// <summary>CRC-32C of the value and the revision: SQLite checks the structure of its pages, not what is in them.</summary>
    public long Checksum()
    {
        uint sum = BitOperations.Crc32C(uint.MaxValue, (ulong)Revision);
        ReadOnlySpan<byte> rest = Value.Span;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        foreach (byte last in rest)
        {
            sum = BitOperations.Crc32C(sum, last);
        }

        return sum;
    }
}
