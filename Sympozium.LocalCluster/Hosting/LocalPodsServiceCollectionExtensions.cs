using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Pods;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>Adds what runs Jobs and Pods on this machine.</summary>
public static class LocalPodsServiceCollectionExtensions
{
    /// <summary>
    /// Registers the pod runner, its logs and the Job controller. Add it after <see cref="LocalClusterServiceCollectionExtensions.AddSympoziumLocalCluster"/>: it is then
    /// started after the API and stopped before it.
    /// </summary>
    public static IServiceCollection AddSympoziumLocalPods(this IServiceCollection services, Action<LocalPodOptions> configure)
    {
        LocalPodOptions options = new();
        configure(options);
        if (options.DataDirectory.Length == 0)
        {
            throw new ArgumentException("LocalPodOptions.DataDirectory is empty; give the control plane's data directory.", nameof(configure));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<PodIsolation>();
        services.AddSingleton<PodRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<PodRunner>());
        services.AddHostedService<LogKeeper>();
        services.AddSingleton<IPodLogs, PodLogs>();
        services.TryAddSingleton(new LocalJobOptions { NodeName = options.NodeName });
        services.AddSingleton<JobController>();
        services.AddHostedService(provider => provider.GetRequiredService<JobController>());
        return services;
    }
}
