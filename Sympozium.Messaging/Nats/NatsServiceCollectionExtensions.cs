using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats;

/// <summary>Registers the bus of a cluster.</summary>
public static class NatsServiceCollectionExtensions
{
    /// <summary>Adds <see cref="NatsEventBus"/> as <see cref="IEventBus"/> and <see cref="IDurableEvents"/>.</summary>
    public static IServiceCollection AddNatsEventBus(this IServiceCollection services, NatsBusOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new NatsEventBus(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NatsEventBus>>()));
        services.AddSingleton<IEventBus>(provider => provider.GetRequiredService<NatsEventBus>());
        services.AddSingleton<IDurableEvents>(provider => provider.GetRequiredService<NatsEventBus>());
        return services;
    }
}
