using System.Data.Common;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Sympozium.Persistence.Sqlite;

namespace Sympozium.Persistence.History;

/// <summary>History in a SQLite file. The version of the tables is the file's <c>user_version</c>.</summary>
public sealed class SqliteHistoryDatabase : HistoryDatabase
{
    /// <summary>In the names of the migrations that are about history; the others are about grains.</summary>
    private const string Mark = "-history";

    private const int BusyTimeoutSeconds = 10;

    // https://www.sqlite.org/rescode.html
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;

    private readonly string _path;
    private readonly string _connection;

    /// <summary>Takes the file's path; <see cref="MigrateAsync"/> makes it.</summary>
    public SqliteHistoryDatabase(string path, HistoryOptions options, TimeProvider time)
        : base(options, time)
    {
        SqliteNative.Use();
        _path = path;
        _connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = BusyTimeoutSeconds }.ToString();
    }

    /// <inheritdoc/>
    protected override string Name => $"The history file '{_path}'";

    /// <inheritdoc/>
    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        MakePrivate();
        await using DbConnection connection = await OpenAsync(cancellationToken);
        await ExecuteAsync(connection, "PRAGMA journal_mode = WAL", null, cancellationToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        string[] migrations = Migrations();
        long found = await VersionAsync(connection, transaction, cancellationToken);
        if (found > migrations.Length)
        {
            throw new Postgres.SchemaTooNewException(_path, (int)found, migrations.Length);
        }

        foreach (string migration in migrations.Skip((int)found))
        {
            await ExecuteAsync(connection, migration, transaction, cancellationToken);
        }

        await ExecuteAsync(connection, $"PRAGMA user_version = {migrations.Length}", transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        // The pool would keep the file open.
        using var connection = new SqliteConnection(_connection);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connection);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override bool IsTransient(DbException failure) => failure is SqliteException { SqliteErrorCode: SqliteBusy or SqliteLocked };

    /// <summary>Transcripts are the owner's. SQLite gives the mode of the file to those that it makes beside it.</summary>
    private void MakePrivate() => new FileStream(
        _path,
        new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }).Dispose();

    private static async Task<long> VersionAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "PRAGMA user_version";
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // constants and the migrations of this assembly
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string[] Migrations()
    {
        Assembly assembly = typeof(SqliteHistoryDatabase).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith("schema/", StringComparison.Ordinal) && name.Contains(Mark, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            return reader.ReadToEnd();
        }
    }
}
