using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Sympozium.Persistence.Postgres;

/// <summary>
/// Brings a database to the newest schema. Converges: every migration has run exactly once, in order. Triggered at each process's start, by
/// any number of them at once: an advisory lock lets one work while the others wait and then find nothing to do. Each migration is one
/// transaction with its line in <c>schema_migration</c>, so a process that dies in the middle leaves whole steps only.
/// </summary>
public static class PostgresSchema
{
    /// <summary>Key of the advisory lock: the first eight letters of "sympozium" as bytes.</summary>
    private const long LockKey = 0x73796D706F7A6975;

    private const string Prefix = "schema/";

    private const string Table = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """;

    /// <summary>All migrations of this program, in order.</summary>
    public static IReadOnlyList<PostgresMigration> All { get; } = Load();

    /// <summary>Migrates to the newest version and returns how many migrations ran.</summary>
    /// <exception cref="SchemaTooNewException">The database is ahead of this program; nothing was changed.</exception>
    public static Task<int> MigrateAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken) =>
        MigrateAsync(dataSource, All, cancellationToken);

    /// <summary>The same with a list of the caller's; for tests of older and newer programs.</summary>
    public static async Task<int> MigrateAsync(
        NpgsqlDataSource dataSource, IReadOnlyList<PostgresMigration> migrations, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);

        // Waiting for another process that migrates may take longer than a statement's time-out; the caller's token bounds it.
        await ExecuteAsync(connection, "SET statement_timeout = 0", cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { CommandTimeout = 0 })
        {
            take.Parameters.Add(new NpgsqlParameter { Value = LockKey });
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        try
        {
            return await MigrateLockedAsync(connection, migrations, cancellationToken);
        }
        finally
        {
            // Not the caller's token: a pooled connection would keep the lock.
            await using var release = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection);
            release.Parameters.Add(new NpgsqlParameter { Value = LockKey });
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static async Task<int> MigrateLockedAsync(
        NpgsqlConnection connection, IReadOnlyList<PostgresMigration> migrations, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, Table, cancellationToken);
        int found;
        await using (var version = new NpgsqlCommand("SELECT coalesce(max(number), 0) FROM schema_migration", connection))
        {
            found = (int)(await version.ExecuteScalarAsync(cancellationToken))!;
        }

        if (found > migrations.Count)
        {
            throw new SchemaTooNewException(connection.Database, found, migrations.Count);
        }

        foreach (PostgresMigration migration in migrations.Skip(found))
        {
            await ApplyAsync(connection, migration, cancellationToken);
        }

        return migrations.Count - found;
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, PostgresMigration migration, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException(
                $"Migration {migration.Number} ('{migration.Name}') of database '{connection.Database}' failed and was undone: {e.MessageText}", e);
        }

        await using var note = new NpgsqlCommand("INSERT INTO schema_migration (number, name) VALUES ($1, $2)", connection, transaction);
        note.Parameters.Add(new NpgsqlParameter { Value = migration.Number });
        note.Parameters.Add(new NpgsqlParameter { Value = migration.Name });
        await note.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Without parameters the statements go to the server as they are: "$q$ ... @Name ... $q$" must arrive as text.
#pragma warning disable CA2100 // constants and the migrations of this assembly
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static PostgresMigration[] Load()
    {
        Assembly assembly = typeof(PostgresSchema).Assembly;
        PostgresMigration[] migrations =
        [
            .. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(name => Read(assembly, name)),
        ];
        for (int index = 0; index < migrations.Length; index++)
        {
            if (migrations[index].Number != index + 1)
            {
                throw new InvalidOperationException($"Migration {index + 1} is missing: '{migrations[index].Name}' has number {migrations[index].Number}.");
            }
        }

        return migrations;
    }

    private static PostgresMigration Read(Assembly assembly, string resource)
    {
        // schema/0001-grains.sql
        string[] parts = Path.GetFileNameWithoutExtension(resource[Prefix.Length..]).Split('-', 2);
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new PostgresMigration(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], reader.ReadToEnd());
    }
}
