using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Gateway.Hosting;
using Sympozium.Grains.Hosting;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Leading;
using Sympozium.Silo.Forwarding;
using Sympozium.Silo.History;
using Sympozium.Silo.Hosting;
using Sympozium.Silo.Local;
using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Cluster;

/// <summary>
/// The control plane in one process beside a real cluster: local grain runtime, SQLite, bus in the process. One of several such processes
/// works at a time, by a Lease: two would each have an activation of every grain. Whoever loses the Lease can write nothing any more
/// (<see cref="FencedClient"/>), ends its grains and waits for its turn again.
/// </summary>
internal static class SmallProfile
{
    /// <summary>Lease in the system namespace.</summary>
    public const string LeaseName = "sympozium-control-plane";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How long an orderly end may still write: the Lease is no longer renewed, and others wait 15 s from its last renewal on.</summary>
    private static readonly TimeSpan OrderlyEnd = TimeSpan.FromSeconds(8);

    /// <summary>Runs until SIGTERM or SIGINT.</summary>
    public static async Task RunAsync(ClusterOptions options)
    {
        using DataDirectoryLock held = DataDirectoryLock.Take(options.DataDirectory);
        PrivateFiles.Close(options.DataDirectory);
        await RunHeldAsync(options);
    }

    private static async Task RunHeldAsync(ClusterOptions options)
    {
        // The outer host has what lives though this process does not lead: signals, log, API client, health.
        using IHost outer = BuildOuter(options);
        await outer.StartAsync();
        CancellationToken stopping = outer.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var client = outer.Services.GetRequiredService<KubernetesClient>();
        var readiness = outer.Services.GetRequiredService<Readiness>();
        var elector = outer.Services.GetRequiredService<LeaderElector>();
        ILoggerFactory loggers = outer.Services.GetRequiredService<ILoggerFactory>();
        try
        {
            await using HealthServer health = await HealthServer.StartAsync(
                options.GatewayAddress, options.HealthPort, readiness, outer.Services.GetRequiredService<IMetricsPage>(), loggers, stopping);
            await ClusterAccess.WaitUntilPreparedAsync(client, outer.Services.GetRequiredService<TimeProvider>(), stopping);
            var status = new StatusFile(options.DataDirectory);
            await elector.RunAsync(term => LeadAsync(options, outer.Services, status, health.Address, stopping, term), stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to end before it had begun.
        }
        finally
        {
            await outer.StopAsync();
        }
    }

    private static async Task LeadAsync(ClusterOptions options, IServiceProvider outer, StatusFile status, Uri health, CancellationToken stopping, CancellationToken term)
    {
        using var fence = new CancellationTokenSource();
        await using CancellationTokenRegistration end = term.Register(() => fence.CancelAfter(stopping.IsCancellationRequested ? OrderlyEnd : TimeSpan.Zero));
        using IHost inner = BuildInner(options, outer, fence.Token);
        try
        {
            await inner.StartAsync(term);
            outer.GetRequiredService<Readiness>().Started(() => inner.Services.GetRequiredService<WatchForwarder>().IsHealthy);
            status.WriteCluster(inner.Services.GetRequiredService<GatewayService>().Url, outer.GetRequiredService<KubernetesClient>().Connection.Server.ToString(), TokenFile(options), health.ToString());
            await Task.Delay(Timeout.InfiniteTimeSpan, outer.GetRequiredService<TimeProvider>(), term);
        }
        finally
        {
            outer.GetRequiredService<Readiness>().Stopped();
            status.Remove();
            await inner.StopAsync(CancellationToken.None);
        }
    }

    private static IHost BuildOuter(ClusterOptions options)
    {
        HostApplicationBuilder builder = SiloHost.CreateBuilder();
        IServiceCollection services = builder.Services;
        services.AddSympoziumTelemetry("sympozium");
        services.AddSingleton(provider => ClusterAccess.Connect(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new LeaderElector(
            provider.GetRequiredService<KubernetesClient>(),
            new LeaderElectionOptions { Namespace = SympoziumNames.SystemNamespace, Name = LeaseName, Identity = options.Identity },
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LeaderElector>>()));
        services.AddSingleton(provider => new Readiness(provider.GetRequiredService<KubernetesClient>().Health, provider.GetRequiredService<LeaderElector>()));
        services.AddHostedService<ApiHealthLog>();
        return builder.Build();
    }

    private static IHost BuildInner(ClusterOptions options, IServiceProvider outer, CancellationToken fence)
    {
        HostApplicationBuilder builder = SiloHost.CreateBuilder();
        IServiceCollection services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddSingleton<IHostLifetime, NoSignals>();
        services.ShareTelemetry(outer);
        services.AddSingleton<IKubernetesClient>(new FencedClient(outer.GetRequiredService<KubernetesClient>(), fence));
        services.AddRunTokenKey();
        services.AddGrainRuntime(options.DataDirectory);
        services.AddProcessEventBus();
        services.AddLocalHistory(options.DataDirectory, builder.Configuration);
        services.AddSingleton(new GatewayOptions { Address = options.GatewayAddress, Port = options.GatewayPort });
        services.AddSingleton<IClientTokens>(new FileClientTokens(TokenFile(options)));
        services.AddSingleton<GatewayService>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayService>());
        services.AddSympoziumGrains(_ => new JobRenderOptions
        {
            GatewayUrl = options.GatewayUrl,
            RunnerImage = options.RunnerImage,
            Gateway = ControlPlanePeer.OfGateway(options.GatewayUrl),
        });
        services.AddAdmissionWhenEnabled(builder.Configuration);
        services.AddForwarder();
        services.AddHostedService<IdleMemory>();
        return builder.Build();
    }

    private static string TokenFile(ClusterOptions options) => Path.Combine(options.DataDirectory, "token");
}
