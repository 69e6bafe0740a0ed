using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Nodes;
using Sympozium.LocalCluster.Pods;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.LocalCluster.Pods.Network;
using Sympozium.LocalCluster.Pods.Scheduling;
using Sympozium.LocalCluster.Pods.Volumes;
using Sympozium.LocalCluster.Server;
using Sympozium.LocalCluster.ServiceRouting;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>Adds what runs Jobs and Pods on this machine.</summary>
public static class LocalPodsServiceCollectionExtensions
{
    /// <summary>
    /// Registers the pod runner, its logs, the controllers of Jobs, ReplicaSets, Deployments, Services and claims, and what reports the node. Add it after <see cref="LocalClusterServiceCollectionExtensions.AddSympoziumLocalCluster"/>: it is then
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
        services.TryAddSingleton(new EventOptions());
        services.TryAddSingleton<EventRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<EventRecorder>());
        services.AddHostedService<EventExpiry>();
        services.AddSingleton(new NodeFit(options.NodeName));
        services.AddSingleton<PodScheduler>();
        services.AddHostedService(provider => provider.GetRequiredService<PodScheduler>());
        services.AddSingleton<ServiceDirectory>();
        services.AddSingleton<PodNetwork>();
        services.AddSingleton<PodRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<PodRunner>());
        services.AddHostedService<LogKeeper>();
        services.AddHostedService<MemoryKeeper>();
        services.AddHostedService<VolumeKeeper>();
        services.AddSingleton<IPodLogs, PodLogs>();
        services.AddSingleton<IPodSessions, PodSessions>();
        services.TryAddSingleton(new LocalJobOptions { NodeName = options.NodeName });
        services.AddSingleton<JobController>();
        services.AddHostedService(provider => provider.GetRequiredService<JobController>());
        services.TryAddSingleton(new ControllerOptions());
        services.AddHostedService<ControllerHost>();
        services.AddHostedService<ServiceForwarder>();
        services.AddHostedService<NodeReporter>();
        return services;
    }
}
