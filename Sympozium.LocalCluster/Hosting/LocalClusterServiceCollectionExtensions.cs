using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>Adds the local cluster to a host.</summary>
public static class LocalClusterServiceCollectionExtensions
{
    /// <summary>
    /// Registers the cluster, starts it with the host, and makes it the process's <see cref="IKubernetesClient"/>. Add it before
    /// what needs it: hosted services start in the order of their registration. Register <see cref="IAdmission"/> (several) and
    /// <see cref="IPodLogs"/> as singletons to take part.
    /// </summary>
    public static IServiceCollection AddSympoziumLocalCluster(this IServiceCollection services, Action<LocalClusterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        LocalClusterOptions options = new();
        configure(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IPodLogs, NoPodLogs>();
        services.TryAddSingleton<IPodSessions, NoPodSessions>();
        services.AddSingleton(provider => new LocalClusterHost(
            options, provider.GetServices<IAdmission>(), provider.GetRequiredService<IPodLogs>, provider.GetRequiredService<IPodSessions>, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(provider => provider.GetRequiredService<LocalClusterHost>());
        services.AddSingleton(provider => provider.GetRequiredService<LocalClusterHost>().Client);
        services.AddSingleton(provider => provider.GetRequiredService<LocalClusterHost>().Tokens);
        return services;
    }
}
