using Npgsql;
using Sympozium.Abstractions;
using Sympozium.Persistence.History;
using Sympozium.Testing.Postgres;

namespace Sympozium.Persistence.Tests.History;

public sealed class PostgresHistoryTests : HistoryContractTests
{
    protected override async Task<HistoryDatabase> OpenAsync() =>
        new PostgresHistoryDatabase(await TestDatabase.EmptyAsync(), Options, TimeProvider.System);

    [Fact]
    public async Task Append_ServerKilledAndStartedInBetween_GoesOn()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(durable: true);
        await using var database = new PostgresHistoryDatabase(
            NpgsqlDataSource.Create(await server.CreateDatabaseAsync()), Options, TimeProvider.System);
        await database.MigrateAsync(default);
        var runs = new RunHistory(database, Options);
        await runs.AppendAsync([Entry("a", 1, "t")], default);

        await server.KillAsync();
        Task append = runs.AppendAsync([Entry("b", 2, "t")], default);
        await server.RestartAsync();
        await append;

        Assert.Equal(["a", "b"], (await runs.ReadAsync(new ResourceKey("team-a", "report"), null, 0, 10, default)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task Append_ServerStaysAway_SaysWhichAndHowLong()
    {
        var impatient = new HistoryOptions { RetryFor = TimeSpan.FromMilliseconds(300) };
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using var database = new PostgresHistoryDatabase(
            NpgsqlDataSource.Create(await server.CreateDatabaseAsync()), impatient, TimeProvider.System);
        await database.MigrateAsync(default);
        await server.StopAsync();

        SympoziumUnavailableException away = await Assert.ThrowsAsync<SympoziumUnavailableException>(
            () => new RunHistory(database, impatient).AppendAsync([Entry("a", 1, "t")], default));

        Assert.StartsWith("The database 'test_1' at ", away.Message, StringComparison.Ordinal);
        Assert.Contains("did not answer for 0.3 s", away.Message, StringComparison.Ordinal);
    }
}
