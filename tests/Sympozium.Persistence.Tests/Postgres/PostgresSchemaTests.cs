using Npgsql;
using Sympozium.Persistence.Postgres;
using Sympozium.Testing.Postgres;

namespace Sympozium.Persistence.Tests.Postgres;

public sealed class PostgresSchemaTests
{
    private static readonly PostgresMigration Table = new(1, "table", "CREATE TABLE thing (id integer PRIMARY KEY)");
    private static readonly PostgresMigration Column = new(2, "column", "ALTER TABLE thing ADD COLUMN name text; INSERT INTO thing VALUES (1, 'one')");

    [Fact]
    public async Task Migrate_AnEmptyDatabase_RunsAll_AndASecondTimeNone()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();

        Assert.Equal(PostgresSchema.All.Count, await PostgresSchema.MigrateAsync(database, default));
        Assert.Equal(0, await PostgresSchema.MigrateAsync(database, default));
    }

    [Fact]
    public async Task Migrate_AnOlderDatabase_RunsWhatIsNew()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();
        Assert.Equal(1, await PostgresSchema.MigrateAsync(database, [Table], default));

        Assert.Equal(1, await PostgresSchema.MigrateAsync(database, [Table, Column], default));

        Assert.Equal("one", await ScalarAsync(database, "SELECT name FROM thing"));
    }

    [Fact]
    public async Task Migrate_ByTenProcessesAtOnce_RunsEachStepOnce()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();

        int[] counts = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostgresSchema.MigrateAsync(database, [Table, Column], default)));

        Assert.Equal(2, counts.Sum());
        Assert.Single(counts, count => count == 2);
        Assert.Equal(2L, await ScalarAsync(database, "SELECT count(*) FROM schema_migration"));
    }

    [Fact]
    public async Task Migrate_ANewerDatabase_IsRefused_AndSaysWhatToDo()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();
        await PostgresSchema.MigrateAsync(database, [Table, Column], default);

        var refusal = await Assert.ThrowsAsync<SchemaTooNewException>(() => PostgresSchema.MigrateAsync(database, [Table], default));

        Assert.Matches("^Database 'test_[0-9]+' has schema version 2, newer than 1, .*Use the program that migrated it", refusal.Message);
    }

    [Fact]
    public async Task Migrate_AFailingStep_IsUndone_AndTheNextTryGoesOn()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();
        var broken = Column with { Sql = "ALTER TABLE thing ADD COLUMN name text; SELECT nonsense" };

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresSchema.MigrateAsync(database, [Table, broken], default));

        Assert.StartsWith("Migration 2 ('column') of database 'test_", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, await PostgresSchema.MigrateAsync(database, [Table, Column], default));
    }

    [Fact]
    public async Task Migrate_Cancelled_LeavesTheLockFree()
    {
        await using NpgsqlDataSource database = await TestDatabase.EmptyAsync();
        await using NpgsqlConnection holder = await database.OpenConnectionAsync();
        await using NpgsqlCommand take = new("SELECT pg_advisory_lock(8320802116217760117)", holder);
        await take.ExecuteNonQueryAsync();
        using var cancellation = new CancellationTokenSource();
        Task<int> waiting = PostgresSchema.MigrateAsync(database, [Table], cancellation.Token);
        Assert.False(waiting.IsCompleted);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await using (NpgsqlCommand release = new("SELECT pg_advisory_unlock_all()", holder))
        {
            await release.ExecuteNonQueryAsync();
        }

        Assert.Equal(1, await PostgresSchema.MigrateAsync(database, [Table], default));
    }

    [Fact]
    public async Task Claim_ByAnotherInstallation_IsRefused_AndByTheSame_Allowed()
    {
        await using NpgsqlDataSource database = await TestDatabase.MigratedAsync();
        await PostgresInstallation.ClaimAsync(database, "team/one", default);
        await PostgresInstallation.ClaimAsync(database, "team/one", default);

        var refusal = await Assert.ThrowsAsync<InstallationConflictException>(() => PostgresInstallation.ClaimAsync(database, "team/two", default));

        Assert.Contains("belongs to installation 'team/one', and this is 'team/two'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a database of its own", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource database, string sql)
    {
        await using NpgsqlCommand command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
