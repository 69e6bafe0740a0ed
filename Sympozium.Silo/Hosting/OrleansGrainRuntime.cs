using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Sympozium.Grains;
using Sympozium.Persistence.Grains;
using Sympozium.Silo.Cluster;
using Sympozium.Silo.Forwarding;
using ClusterOptions = Orleans.Configuration.ClusterOptions;

namespace Sympozium.Silo.Hosting;

/// <summary>Grains on Orleans. Compiled when GrainRuntime=Orleans; LocalGrainRuntime.cs is the other composition.</summary>
internal static class OrleansGrainRuntime
{
    /// <summary>Why silos and gateways cannot be processes of their own; null in this build, where they can.</summary>
    public static string? OneProcess => null;

    /// <summary>Name of the storage that the grains' state asks for.</summary>
    private const string Storage = "grains";

    /// <summary>Name by which Orleans loads Npgsql's provider.</summary>
    private const string Invariant = "Npgsql";

    private static readonly JsonSerializerOptions StateJson = new()
    {
        TypeInfoResolver = GrainsJson.Default,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>Adds one silo for this process alone, with state and reminders in the data directory.</summary>
    public static IServiceCollection AddGrainRuntime(this IServiceCollection services, string dataDirectory)
    {
        services.AddSqliteGrainState(Path.Combine(dataDirectory, "grains.db"), StateJson, Storage);
        services.AddOrleans(silo =>
        {
            silo.AddActivityPropagation();
            silo.UseLocalhostClustering(LoopbackPort.Take(), LoopbackPort.Take());
            silo.AddReminders();
            silo.Configure<SiloMessagingOptions>(orleans => orleans.CancelRequestOnTimeout = true);
            silo.Services.AddGrainMessages();
        });
        return services;
    }

    /// <summary>Adds a silo of the installation's cluster. Add what its grains need beside it, and callers of grains after it, so that it stops after them.</summary>
    public static IServiceCollection AddGrainSilo(this IServiceCollection services, Action<GrainClusterOptions> configure)
    {
        services.AddGrainDatabase(configure);
        services.AddOrleans(silo =>
        {
            silo.Services.AddGrainMessages();
            silo.AddActivityPropagation();
            silo.Services.AddSingleton(provider => new GrainCallLimits(null, provider.GetRequiredService<IOptions<GrainClusterOptions>>().Value.ResponseTimeout));
            silo.AddOutgoingGrainCallFilter<GrainCallRetry>();
            silo.Services.AddOptions<ClusterOptions>().Configure<IOptions<GrainClusterOptions>>(NameCluster);
            silo.Services.AddOptions<SiloOptions>().Configure<IOptions<GrainClusterOptions>>((orleans, options) => orleans.SiloName = options.Value.SiloName!);
            silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<GrainClusterOptions>>(SetEndpoints);
            silo.Services.AddOptions<SiloMessagingOptions>().Configure<IOptions<GrainClusterOptions>>(
                (orleans, options) => SetTimeout(orleans, options.Value));
            silo.Services.AddOptions<ReminderOptions>().Configure<IOptions<GrainClusterOptions>>(
                (orleans, options) => orleans.MinimumReminderPeriod = options.Value.MinimumReminderPeriod);
            silo.Configure<ClusterMembershipOptions>(NoticeDeathsSoon);
            silo.Configure<ConnectionOptions>(GiveUpConnectingSoon);
            silo.UseAdoNetClustering(builder => builder.Configure<NpgsqlDataSource>((orleans, database) =>
            {
                orleans.Invariant = Invariant;
                orleans.DataSource = database;
            }));
            silo.UseAdoNetReminderService(builder => builder.Configure<NpgsqlDataSource>((orleans, database) =>
            {
                orleans.Invariant = Invariant;
                orleans.DataSource = database;
            }));
            silo.AddAdoNetGrainStorage(Storage, builder => builder.Configure<NpgsqlDataSource>((orleans, database) =>
            {
                orleans.Invariant = Invariant;
                orleans.DataSource = database;
                orleans.GrainStorageSerializer = new StateSerializer(new GrainStateJson(StateJson));
                orleans.DeleteStateOnClear = true;
            }));

            // A change of a run is forwarded by one silo, and its grain had best be there.
            silo.Services.AddSingleton<PlacementStrategy, PreferLocalPlacement>();
        });
        services.AddSingleton<SiloShare>();
        services.AddSingleton<IForwardingShare>(provider => provider.GetRequiredService<SiloShare>());
        services.AddHostedService(provider => provider.GetRequiredService<SiloShare>());
        return services;
    }

    /// <summary>
    /// Adds a client of the installation's silos; <see cref="IGrainFactory"/> is there at once, its calls wait for a silo. Add it before the callers,
    /// so that it stops after them.
    /// </summary>
    public static IServiceCollection AddGrainClient(this IServiceCollection services, Action<GrainClusterOptions> configure)
    {
        services.AddGrainDatabase(configure);
        services.AddSingleton<GrainClient>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainClient>().Grains);
        services.AddHostedService(provider => provider.GetRequiredService<GrainClient>());
        services.AddSingleton<IReadinessCheck>(provider => new ReadinessCheck(
            true, () => provider.GetRequiredService<GrainClient>().IsConnected ? null : "silos: none can be reached"));
        return services;
    }

    /// <summary>What a client needs of Orleans.</summary>
    public static void ConfigureClient(IClientBuilder client, GrainClusterOptions options, NpgsqlDataSource database)
    {
        client.Services.AddGrainMessages();
        client.AddActivityPropagation();
        client.Services.AddSingleton(new GrainCallLimits(options.AttemptTimeout, options.ResponseTimeout));
        client.AddOutgoingGrainCallFilter<GrainCallRetry>();
        client.Configure<ClusterOptions>(orleans => NameCluster(orleans, Options.Create(options)));
        client.Configure<ClientMessagingOptions>(orleans => SetTimeout(orleans, options));
        client.Configure<GatewayOptions>(orleans => orleans.GatewayListRefreshPeriod = Membership.GatewayListRefresh);
        client.Configure<ConnectionOptions>(GiveUpConnectingSoon);
        client.UseAdoNetClustering(orleans =>
        {
            orleans.Invariant = Invariant;
            orleans.DataSource = database;
        });
    }

    private static void AddGrainDatabase(this IServiceCollection services, Action<GrainClusterOptions> configure)
    {
        services.AddOptions<GrainClusterOptions>().Configure(configure)
            .PostConfigure(options =>
            {
                options.ReadDatabaseFile();
                options.FillFromPod(Environment.GetEnvironmentVariable);
            }).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<GrainDatabase>();
        services.AddHostedService(provider => provider.GetRequiredService<GrainDatabase>());
        services.AddSingleton(provider => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(provider.GetRequiredService<IOptions<GrainClusterOptions>>().Value.Database)
        {
            // The providers send local times as if they were UTC's.
            Timezone = "UTC",
            ApplicationName = "sympozium",
        }));
    }

    private static void NameCluster(ClusterOptions orleans, IOptions<GrainClusterOptions> options)
    {
        orleans.ClusterId = options.Value.Installation;
        orleans.ServiceId = options.Value.Installation;
    }

    /// <summary>Who does not wait any more says so to the grain.</summary>
    private static void SetTimeout(MessagingOptions orleans, GrainClusterOptions options)
    {
        orleans.ResponseTimeout = options.ResponseTimeout;
        orleans.CancelRequestOnTimeout = true;
    }

    private static void SetEndpoints(EndpointOptions orleans, IOptions<GrainClusterOptions> options)
    {
        orleans.AdvertisedIPAddress = IPAddress.Parse(options.Value.Address!);
        orleans.SiloPort = options.Value.SiloPort;
        orleans.GatewayPort = options.Value.ClientPort;
        if (!IPAddress.IsLoopback(orleans.AdvertisedIPAddress))
        {
            orleans.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, options.Value.SiloPort);
            orleans.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Any, options.Value.ClientPort);
        }
    }

    private static void NoticeDeathsSoon(ClusterMembershipOptions orleans)
    {
        orleans.ProbeTimeout = Membership.ProbeTimeout;
        orleans.MinProbeTimeout = Membership.ProbeTimeout;
        orleans.MaxProbeTimeout = Membership.ProbeTimeout * 2;
        orleans.NumMissedProbesLimit = Membership.MissedProbes;
        orleans.TableRefreshTimeout = Membership.TableRefresh;
        orleans.IAmAliveTablePublishTimeout = Membership.AlivePeriod;

        // Probes find a silo that died while it joined. The time since it began is by two clocks: one that is minutes ahead would end each that joins.
        orleans.EvictWhenMaxJoinAttemptTimeExceeded = false;
    }

    /// <summary>A machine that is gone refuses no connection: it does not answer.</summary>
    private static void GiveUpConnectingSoon(ConnectionOptions orleans) => orleans.OpenConnectionTimeout = Membership.ConnectTimeout;

    /// <summary>A killed silo is voted out after about two probes; then each grain comes back with its next call, in five seconds at most.</summary>
    private static class Membership
    {
        public const int MissedProbes = 2;

        public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);
        public static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);
        public static readonly TimeSpan AlivePeriod = TimeSpan.FromSeconds(10);
        public static readonly TimeSpan GatewayListRefresh = TimeSpan.FromSeconds(2);
        public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    }

    /// <summary>State as the same JSON that SQLite gets.</summary>
    private sealed class StateSerializer(GrainStateJson json) : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T? input) => new(json.Write(input));

        public T Deserialize<T>(BinaryData input) => json.Read<T>(input.ToMemory().Span)!;
    }
}
