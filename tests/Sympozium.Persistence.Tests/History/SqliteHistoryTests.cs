using Microsoft.Data.Sqlite;
using Sympozium.Persistence.History;
using Sympozium.Persistence.Postgres;
using Sympozium.Testing;

namespace Sympozium.Persistence.Tests.History;

public sealed class SqliteHistoryTests : HistoryContractTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override Task<HistoryDatabase> OpenAsync() =>
        Task.FromResult<HistoryDatabase>(new SqliteHistoryDatabase(_directory["history.db"], Options, TimeProvider.System));

    [Fact]
    public async Task Migrate_FileOfANewerProgram_IsRefused()
    {
        string path = _directory["newer.db"];
        await using var database = new SqliteHistoryDatabase(path, Options, TimeProvider.System);
        await database.MigrateAsync(default);
        await using (var connection = new SqliteConnection($"Data Source={path}"))
        {
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync();
        }

        SchemaTooNewException refused = await Assert.ThrowsAsync<SchemaTooNewException>(() => database.MigrateAsync(default));

        Assert.StartsWith($"Database '{path}' has schema version 99, newer than 1", refused.Message, StringComparison.Ordinal);
    }
}
