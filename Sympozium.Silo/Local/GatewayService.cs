using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.History;
using Sympozium.Gateway.Auth;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.Silo.Cluster;

namespace Sympozium.Silo.Local;

/// <summary>Runs the gateway inside this process, on the services of the control plane. Started before anything that makes pods.</summary>
internal sealed class GatewayService(
    GatewayOptions options,
    IGrainFactory grains,
    IEventBus bus,
    IKubernetesClient kubernetes,
    IRunTokenKey tokenKey,
    IRunHistory history,
    IUsageLedger usage,
    IClientTokens tokens,
    IMetricsPage metrics,
    IEnumerable<IGatewayReadiness> readiness,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private GatewayApplication? _gateway;

    /// <summary>Where it listens, without a slash at the end; known once started.</summary>
    public string Url => _gateway?.BaseAddress.ToString().TrimEnd('/') ?? throw new InvalidOperationException("The gateway is not started.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ClientToken token = await tokens.GetAsync(cancellationToken);
        _gateway = await GatewayApplication.StartAsync(
            options,
            services =>
            {
                services.AddSingleton(grains);
                services.AddSingleton(bus);
                services.AddSingleton(kubernetes);
                services.AddSingleton(tokenKey);
                services.AddSingleton(history);
                services.AddSingleton(usage);
                services.AddSingleton(token);
                services.AddSingleton(metrics);
                foreach (IGatewayReadiness part in readiness)
                {
                    services.AddSingleton(part);
                }

                services.AddSingleton(time);
                services.AddSingleton(loggers);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _gateway?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _gateway?.DisposeAsync() ?? ValueTask.CompletedTask;
}
