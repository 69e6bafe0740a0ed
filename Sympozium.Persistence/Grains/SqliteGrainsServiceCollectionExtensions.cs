using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Storage;

namespace Sympozium.Persistence.Grains;

/// <summary>Lets the local grain runtime keep state and reminders in a SQLite file.</summary>
public static class SqliteGrainsServiceCollectionExtensions
{
    /// <param name="services">The host's services.</param>
    /// <param name="path">The file; made if it is missing. Its folder must exist.</param>
    /// <param name="json">What describes the state types to System.Text.Json.</param>
    /// <param name="storageNames">The names by which grains ask for their storage.</param>
    public static IServiceCollection AddSqliteGrainState(
        this IServiceCollection services, string path, JsonSerializerOptions json, params IEnumerable<string> storageNames)
    {
        services.AddSingleton(_ => new SqliteGrainDatabase(path));
        services.AddSingleton(provider => new SqliteGrainStorage(provider.GetRequiredService<SqliteGrainDatabase>(), json));
        services.AddSingleton<IReminderTable>(provider => new SqliteReminderTable(provider.GetRequiredService<SqliteGrainDatabase>()));
        foreach (var name in storageNames)
        {
            services.AddKeyedSingleton<IGrainStorage>(name, (provider, _) => provider.GetRequiredService<SqliteGrainStorage>());
        }

        return services;
    }
}
