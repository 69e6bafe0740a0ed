using Npgsql;
using Sympozium.Persistence.Postgres;

namespace Sympozium.Testing.Postgres;

/// <summary>Databases of one server which all tests of a process share; each test takes one of its own. The server ends with the process.</summary>
public static class TestDatabase
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(StartAsync);

    /// <summary>Connection string of a new empty database.</summary>
    public static async Task<string> CreateAsync() => await (await Server.Value).CreateDatabaseAsync();

    /// <summary>A new empty database.</summary>
    public static async Task<NpgsqlDataSource> EmptyAsync() => NpgsqlDataSource.Create(await CreateAsync());

    /// <summary>A new database with the newest schema.</summary>
    public static async Task<NpgsqlDataSource> MigratedAsync()
    {
        NpgsqlDataSource database = await EmptyAsync();
        await PostgresSchema.MigrateAsync(database, CancellationToken.None);
        return database;
    }

    private static async Task<PostgresServer> StartAsync()
    {
        PostgresServer server = await PostgresServer.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Remove();
        return server;
    }
}
