using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Timers;
using Sympozium.GrainRuntime.Reminders;

namespace Sympozium.GrainRuntime.Hosting;

/// <summary>Adds the grain runtime to a host.</summary>
public static class LocalGrainsServiceCollectionExtensions
{
    /// <summary>
    /// Serves the grain classes of the given assemblies: <see cref="IGrainFactory"/>, <see cref="IClusterClient"/>, and their start and stop.
    /// Add it before whatever calls grains, so that it stops after. State storages are keyed services of type
    /// <see cref="Orleans.Storage.IGrainStorage"/>; reminders are kept in memory unless an <see cref="IReminderTable"/> is registered.
    /// </summary>
    public static IServiceCollection AddLocalGrains(this IServiceCollection services, Action<GrainRuntimeOptions> configure)
    {
        var options = new GrainRuntimeOptions();
        configure(options);
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IReminderTable, InMemoryReminderTable>();
        services.AddSingleton(options);
        services.AddSingleton(new SingletonServices(services));
        services.AddSingleton<LocalGrains>(provider => new LocalGrains(
            provider, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LocalGrains>>()));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<LocalGrains>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<LocalGrains>());
        services.AddSingleton<ReminderRegistry>();
        services.AddSingleton<IReminderRegistry>(provider => provider.GetRequiredService<ReminderRegistry>());
        services.AddHostedService<GrainRuntimeHost>();
        return services;
    }
}
