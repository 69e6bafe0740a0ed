using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Events;
using Sympozium.Messaging.Nats.Credentials;

namespace Sympozium.Messaging.Nats;

/// <summary>Registers the bus of a cluster.</summary>
public static class NatsServiceCollectionExtensions
{
    /// <summary>Adds <see cref="NatsEventBus"/> as <see cref="IEventBus"/> and <see cref="IDurableEvents"/>, and <see cref="IPodBus"/> upon it.</summary>
    public static IServiceCollection AddNatsEventBus(this IServiceCollection services, NatsBusOptions options, PodBusOptions pods)
    {
        services.TryAddSingleton(TimeProvider.System);
        pods.CaFile ??= options.CaFile;
        services.AddSingleton(provider => new NatsEventBus(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NatsEventBus>>()));
        services.AddSingleton<IEventBus>(provider => provider.GetRequiredService<NatsEventBus>());
        services.AddSingleton<IDurableEvents>(provider => provider.GetRequiredService<NatsEventBus>());
        services.AddSingleton<IPodBus>(provider => new NatsPodBus(
            provider.GetRequiredService<NatsEventBus>(), pods, provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
