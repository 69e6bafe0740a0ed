using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Silo.Hosting;
using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Cluster;

/// <summary>
/// The frame of a process of the cluster profile: signals, log, API client and health from the first moment on, and within it, as soon as the
/// API answers, the silo or the gateway. What is not there at the start (API, database, bus, silos) is waited for and named by <c>/readyz</c>.
/// </summary>
internal static partial class ClusterProcess
{
    private const string ClusterNamespace = "kube-system";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Less than what the manifests give a pod to end in (terminationGracePeriodSeconds 40), after which the kubelet would kill it without a word.</summary>
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(30);

    /// <summary>Runs until SIGTERM or SIGINT.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="service">Its name in traces and metrics.</param>
    /// <param name="compose">Adds silo or gateway; the last argument is the installation's name.</param>
    public static async Task RunAsync(ClusterOptions options, string service, Action<HostApplicationBuilder, ClusterOptions, string> compose)
    {
        using IHost outer = BuildOuter(options, service);
        await outer.StartAsync();
        var lifetime = outer.Services.GetRequiredService<IHostApplicationLifetime>();
        var client = outer.Services.GetRequiredService<KubernetesClient>();
        var readiness = new ClusterReadiness(client.Health);
        try
        {
            await using HealthServer health = await HealthServer.StartAsync(
                options.GatewayAddress, options.HealthPort, readiness, outer.Services.GetRequiredService<IMetricsPage>(), outer.Services.GetRequiredService<ILoggerFactory>(), lifetime.ApplicationStopping);
            await ClusterAccess.WaitUntilPreparedAsync(client, outer.Services.GetRequiredService<TimeProvider>(), lifetime.ApplicationStopping);
            HostApplicationBuilder builder = CreateInner(options, client);
            builder.Services.ShareTelemetry(outer.Services);
            compose(builder, options, await InstallationAsync(builder.Configuration, client, lifetime.ApplicationStopping));
            await RunInnerAsync(builder, readiness, lifetime);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Asked to end before it had begun.
        }
        finally
        {
            await outer.StopAsync();
        }
    }

    private static async Task RunInnerAsync(HostApplicationBuilder builder, ClusterReadiness readiness, IHostApplicationLifetime outer)
    {
        IHost inner = builder.Build();
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration asked = outer.ApplicationStopping.Register(ending.SetResult);
        try
        {
            readiness.Starting(inner.Services, "control plane: starting");
            await inner.StartAsync(outer.ApplicationStopping);
        }
        catch (Exception)
        {
            await StopInTimeAsync(inner, isHalfStarted: true);
            throw;
        }

        readiness.Started();
        await ending.Task;
        readiness.Starting(inner.Services, "control plane: stops");
        await StopInTimeAsync(inner, isHalfStarted: false);
    }

    /// <summary>
    /// Stops what has started, so that a silo that has joined leaves. What cannot end (a silo goes on telling a database that is gone that it leaves)
    /// ends with the process: its peers then find out by themselves, as after a crash.
    /// </summary>
    private static async Task StopInTimeAsync(IHost inner, bool isHalfStarted)
    {
        ILogger logger = inner.Services.GetRequiredService<ILoggerFactory>().CreateLogger(nameof(ClusterProcess));
        var time = inner.Services.GetRequiredService<TimeProvider>();
        Task stopping = Task.Run(() => StopAsync(inner, isHalfStarted, logger));
        if (await Task.WhenAny(stopping, Task.Delay(LastMoment, time)) != stopping)
        {
            LogLeft(logger, LastMoment.TotalSeconds);
            return;
        }

        await stopping;
    }

    private static async Task StopAsync(IHost inner, bool isHalfStarted, ILogger logger)
    {
        try
        {
            await inner.StopAsync(CancellationToken.None);
        }
        catch (InvalidOperationException e) when (isHalfStarted)
        {
            // What had not started may say so.
            LogNotStarted(logger, e);
        }

        inner.Dispose();
    }

    private static IHost BuildOuter(ClusterOptions options, string service)
    {
        HostApplicationBuilder builder = SiloHost.CreateBuilder();
        builder.Services.AddSympoziumTelemetry(service);
        builder.Services.AddSingleton(provider => ClusterAccess.Connect(options, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<ApiHealthLog>();
        return builder.Build();
    }

    /// <summary>
    /// What a call of a grain fails with is logged by its caller, once, and that the database is gone by <see cref="GrainDatabase"/>: Orleans would say both
    /// again for each activation, with its stack, and each of its placements.
    /// </summary>
    private static void QuietenOrleans(ILoggingBuilder logging)
    {
        logging.AddFilter("Orleans", LogLevel.Warning);
        logging.AddFilter("Orleans.Grain", LogLevel.Critical);
        logging.AddFilter("Orleans.Storage", LogLevel.Critical);
        logging.AddFilter("Polly", LogLevel.Warning);
    }

    private static HostApplicationBuilder CreateInner(ClusterOptions options, KubernetesClient client)
    {
        HostApplicationBuilder builder = SiloHost.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(options.Settings);
        QuietenOrleans(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddSingleton<IKubernetesClient>(client);
        return builder;
    }

    /// <summary>
    /// What keeps two installations off one database: the name that was given, else one that no other cluster has.
    /// </summary>
    private static async Task<string> InstallationAsync(ConfigurationManager configuration, KubernetesClient client, CancellationToken cancellationToken)
    {
        if (configuration[$"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.Installation)}"] is { Length: > 0 } given)
        {
            return given;
        }

        string? uid = (string?)(await client.GetAsync(CoreTypes.Namespaces, null, ClusterNamespace, cancellationToken))?["metadata"]?["uid"];
        return uid is null
            ? throw new FormatException($"The cluster has no namespace '{ClusterNamespace}' whose uid could tell it from others; give the installation a name with --installation.")
            : $"sympozium-{uid}";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not all has ended within {Seconds} s; the process ends with it, and other silos take over as after a crash")]
    private static partial void LogLeft(ILogger logger, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Something was to stop that had not started")]
    private static partial void LogNotStarted(ILogger logger, Exception exception);
}
