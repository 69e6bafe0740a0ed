using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.Abstractions.Ipc;
using Sympozium.Gateway.Hosting;
using Sympozium.Grains.Hosting;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Pods;
using Sympozium.Silo.Admission;
using Sympozium.Silo.Cluster;
using Sympozium.Silo.History;
using Sympozium.Silo.Hosting;
using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Local;

/// <summary>The whole control plane in one process: Kubernetes API, grains, gateway, pods, forwarder.</summary>
internal static class LocalControlPlane
{
    private const string RunnerImage = "ghcr.io/sympozium/runner";

    /// <summary>Section of the pods' options; <c>Sympozium__Pods__ForcePlainProcesses=true</c> does without sandboxes.</summary>
    private const string PodsSection = "Sympozium:Pods";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Runs until SIGTERM or SIGINT; returns the exit code.</summary>
    public static Task<int> RunAsync(string[] args) => SiloExit.RunAsync(async () =>
    {
        LocalOptions options = LocalOptions.Parse(args);
        using DataDirectoryLock held = DataDirectoryLock.Take(options.DataDirectory);
        PrivateFiles.Close(options.DataDirectory);
        await RunAsync(options);
    });

    private static async Task RunAsync(LocalOptions options)
    {
        var status = new StatusFile(options.DataDirectory);
        status.Remove();
        using IHost host = Build(options);
        try
        {
            await host.StartAsync();
            var cluster = host.Services.GetRequiredService<LocalClusterHost>();
            status.Write(
                host.Services.GetRequiredService<GatewayService>().Url,
                cluster.Url,
                cluster.KubeconfigPath,
                TokenFile(options),
                await host.Services.GetRequiredService<PodIsolation>().WarningAsync(CancellationToken.None) ?? "full");
            await host.WaitForShutdownAsync();
        }
        finally
        {
            status.Remove();
        }
    }

    private static IHost Build(LocalOptions options)
    {
        HostApplicationBuilder builder = SiloHost.CreateBuilder();
        IServiceCollection services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        // Started in this order and stopped in the reverse one: the API outlives all, and pods end while the gateway still takes their results.
        services.AddSympoziumTelemetry("sympozium");
        AddCluster(services, options);
        services.AddRunTokenKey();
        services.AddProcessEventBus();
        services.AddLocalHistory(options.DataDirectory, builder.Configuration);
        services.AddGrainRuntime(options.DataDirectory);
        AddGateway(services, options);
        AddPods(services, options, builder.Configuration);
        AddGrainsAndForwarder(services, options);
        services.AddHostedService<IdleMemory>();
        return builder.Build();
    }

    private static void AddCluster(IServiceCollection services, LocalOptions options)
    {
        services.AddSingleton<IAdmission>(provider => new ResourceAdmission(provider.GetRequiredService<IKubernetesClient>));
        services.AddSympoziumLocalCluster(cluster =>
        {
            cluster.DataDirectory = options.DataDirectory;
            cluster.Port = options.KubePort;
            foreach (string definition in CustomResourceDefinitions())
            {
                cluster.CustomResourceDefinitions.Add(definition);
            }
        });
    }

    private static void AddGateway(IServiceCollection services, LocalOptions options)
    {
        services.AddSingleton(new GatewayOptions
        {
            Port = options.GatewayPort,
            SocketPath = SocketPath(options.DataDirectory),
        });
        services.AddSingleton<IClientTokens>(new FileClientTokens(TokenFile(options)));
        services.AddSingleton<GatewayService>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayService>());
    }

    private static void AddPods(IServiceCollection services, LocalOptions options, ConfigurationManager configuration)
    {
        string runner = RunnerDirectory.Find();
        services.AddSympoziumLocalPods(pods =>
        {
            configuration.GetSection(PodsSection).Bind(pods);
            pods.DataDirectory = options.DataDirectory;
            pods.Images.Add(new LocalPodImage(RunnerImage, runner));
        });
    }

    private static void AddGrainsAndForwarder(IServiceCollection services, LocalOptions options)
    {
        services.AddSympoziumGrains(provider => new JobRenderOptions
        {
            GatewayUrl = provider.GetRequiredService<GatewayService>().Url,
            GatewaySocketDirectory = Path.GetDirectoryName(SocketPath(options.DataDirectory))!,
            RunnerImage = $"{RunnerImage}:{Usage.Version}",
        });
        services.AddForwarder();
    }

    private static IEnumerable<string> CustomResourceDefinitions()
    {
        Assembly assembly = typeof(LocalControlPlane).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("crds/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }

    private static string TokenFile(LocalOptions options) => Path.Combine(options.DataDirectory, "token");

    /// <summary>The gateway's socket, of which pods see the directory.</summary>
    public static string SocketPath(string dataDirectory) => Path.Combine(dataDirectory, "run", PodEnvironment.GatewaySocketFile);
}
