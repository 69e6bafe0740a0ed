using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Sympozium.Abstractions.History;

namespace Sympozium.Persistence.History;

/// <summary>Registers run history, usage, sessions and API keys on one database.</summary>
public static class HistoryServiceCollectionExtensions
{
    /// <summary>Keeps them in a SQLite file.</summary>
    public static IServiceCollection AddSqliteHistory(this IServiceCollection services, string path, HistoryOptions options) =>
        services.AddHistory(options, provider => new SqliteHistoryDatabase(path, options, provider.GetRequiredService<TimeProvider>()));

    /// <summary>Keeps them in PostgreSQL; what <paramref name="open"/> returns is owned and disposed by the stores.</summary>
    public static IServiceCollection AddPostgresHistory(this IServiceCollection services, Func<IServiceProvider, NpgsqlDataSource> open, HistoryOptions options) =>
        services.AddHistory(options, provider => new PostgresHistoryDatabase(open(provider), options, provider.GetRequiredService<TimeProvider>()));

    private static IServiceCollection AddHistory(this IServiceCollection services, HistoryOptions options, Func<IServiceProvider, HistoryDatabase> open)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(open);
        services.AddSingleton<IRunHistory, RunHistory>();
        services.AddSingleton<IUsageLedger, UsageLedger>();
        services.AddSingleton<ISessionStore, SessionStore>();
        services.AddSingleton<IApiKeyStore, ApiKeyStore>();
        return services;
    }
}
