using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.Persistence.History;

namespace Sympozium.Silo.History;

/// <summary>Registers run history.</summary>
internal static class HistoryServiceCollectionExtensions
{
    private const string File = "history.db";

    /// <summary>Keeps history in a file of the data directory, and has it recorded and pruned.</summary>
    public static IServiceCollection AddLocalHistory(this IServiceCollection services, string dataDirectory, IConfiguration configuration)
    {
        HistoryOptions options = configuration.GetSection(HistoryOptions.SectionName).Get<HistoryOptions>() ?? new HistoryOptions();
        services.AddSqliteHistory(Path.Combine(dataDirectory, File), options);
        services.AddHostedService<HistorySetup>();
        return services.AddHistoryKeeping();
    }

    /// <summary>Has history recorded and pruned, in whatever database there is.</summary>
    public static IServiceCollection AddHistoryKeeping(this IServiceCollection services)
    {
        services.AddHostedService<HistoryRecorder>();
        return services.AddHostedService<HistoryPruner>();
    }
}
