using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sympozium.Gateway.Hosting;
using Sympozium.Grains.Hosting;
using Sympozium.Grains.Runs;
using Sympozium.Messaging.Nats;
using Sympozium.Messaging.Nats.Credentials;
using Sympozium.Persistence.History;
using Sympozium.Silo.Forwarding;
using Sympozium.Silo.History;
using Sympozium.Silo.Hosting;
using Sympozium.Silo.Local;
using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Cluster;

/// <summary>
/// The control plane in several processes beside a cluster: silos hold the grains and forward what the API and the bus tell, gateways serve
/// HTTP and call grains. Both are as many as one likes. State is in PostgreSQL, events in NATS JetStream; the processes have nothing of their own.
/// </summary>
internal static class ClusterProfile
{
    /// <summary>Runs a silo until SIGTERM or SIGINT.</summary>
    public static Task RunSiloAsync(ClusterOptions options) => ClusterProcess.RunAsync(options, "sympozium-silo", AddSilo);

    /// <summary>Runs a gateway until SIGTERM or SIGINT.</summary>
    public static Task RunGatewayAsync(ClusterOptions options) => ClusterProcess.RunAsync(options, "sympozium-gateway", AddGateway);

    private static void AddSilo(HostApplicationBuilder builder, ClusterOptions options, string installation)
    {
        IServiceCollection services = builder.Services;
        services.AddRunTokenKey();
        (NatsBusOptions nats, PodBusOptions pods) = services.AddBus(builder.Configuration);

        // Stopped in the reverse order: nothing calls grains any more when the silo leaves.
        services.AddGrainSilo(grains => Configure(grains, builder.Configuration, installation));
        services.AddDatabaseCheck();
        services.AddHistory(builder.Configuration);
        services.AddHistoryKeeping();
        services.AddSympoziumGrains(_ => new JobRenderOptions
        {
            GatewayUrl = options.GatewayUrl,
            RunnerImage = options.RunnerImage,
            Gateway = ControlPlanePeer.OfGateway(options.GatewayUrl),
            Bus = pods.SigningSeedFile is null ? [] : ControlPlanePeer.OfBus(pods.Url ?? nats.Url),
        });
        services.AddForwarder();
        services.AddHostedService<ResultForwarder>();
        services.AddSpanForwarder();
        services.AddSingleton<IReadinessCheck>(provider => new ReadinessCheck(
            true, () => provider.GetRequiredService<WatchForwarder>().IsHealthy ? null : "watches: some have not listed yet, or broke"));
    }

    private static void AddGateway(HostApplicationBuilder builder, ClusterOptions options, string installation)
    {
        IServiceCollection services = builder.Services;
        services.AddRunTokenKey();
        services.AddBus(builder.Configuration);
        services.AddGrainClient(grains => Configure(grains, builder.Configuration, installation));
        services.AddDatabaseCheck();
        services.AddHistory(builder.Configuration);
        services.AddSingleton(new GatewayOptions { Address = options.GatewayAddress, Port = options.GatewayPort });
        if (options.TokenFile is { } file)
        {
            services.AddSingleton<IClientTokens>(new FileClientTokens(file));
        }
        else
        {
            services.AddSingleton<IClientTokens, SecretClientTokens>();
        }

        services.AddSingleton<GatewayService>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayService>());
        services.AddAdmissionWhenEnabled(builder.Configuration);
    }

    private static void Configure(GrainClusterOptions grains, ConfigurationManager configuration, string installation)
    {
        grains.Installation = installation;
        configuration.GetSection(GrainClusterOptions.SectionName).Bind(grains);
    }

    private static (NatsBusOptions Nats, PodBusOptions Pods) AddBus(this IServiceCollection services, ConfigurationManager configuration)
    {
        NatsBusOptions nats = configuration.GetSection(NatsBusOptions.SectionName).Get<NatsBusOptions>() ?? new NatsBusOptions();
        PodBusOptions pods = configuration.GetSection(PodBusOptions.SectionName).Get<PodBusOptions>() ?? new PodBusOptions();
        services.AddNatsEventBus(nats, pods);
        services.AddSingleton<IReadinessCheck>(provider =>
        {
            NatsEventBus bus = provider.GetRequiredService<NatsEventBus>();
            return new ReadinessCheck(false, () => bus.Problem is { } problem ? $"bus: {problem}" : null);
        });
        return (nats, pods);
    }

    private static void AddDatabaseCheck(this IServiceCollection services) => services.AddSingleton<IReadinessCheck>(provider =>
    {
        GrainDatabase database = provider.GetRequiredService<GrainDatabase>();
        return new ReadinessCheck(false, () => database.Problem is { } problem ? $"database: {problem}" : null);
    });

    /// <summary>History has connections of its own, so that a flood of events takes none from the grains.</summary>
    private static void AddHistory(this IServiceCollection services, ConfigurationManager configuration) => services.AddPostgresHistory(
        provider => NpgsqlDataSource.Create(provider.GetRequiredService<NpgsqlDataSource>().ConnectionString),
        configuration.GetSection(HistoryOptions.SectionName).Get<HistoryOptions>() ?? new HistoryOptions());
}
