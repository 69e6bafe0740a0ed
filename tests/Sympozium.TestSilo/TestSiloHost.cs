using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Grains.Hosting;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Messaging.InProcess;
using Sympozium.Silo.Hosting;

namespace Sympozium.TestSilo;

/// <summary>The silo: what the product composes for a cluster, less the gateway.</summary>
internal static class TestSiloHost
{
    public static IHost Build(TestSiloOptions options, TimeProvider time)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddFilter("Orleans", LogLevel.Warning);
        IServiceCollection services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.AddSingleton(time);
        services.AddGrainSilo(cluster =>
        {
            cluster.Database = options.Database;
            cluster.Installation = options.Installation;
            cluster.SiloPort = options.SiloPort;
            cluster.ClientPort = options.ClientPort;
            cluster.MinimumReminderPeriod = TimeSpan.FromSeconds(1);
        });
        if (options.Kubeconfig.Length > 0)
        {
            AddProduct(services, options);
        }

        return builder.Build();
    }

    private static void AddProduct(IServiceCollection services, TestSiloOptions options)
    {
        services.AddSingleton<IKubernetesClient>(provider => new KubernetesClient(
            Kubeconfig.Load(options.Kubeconfig).Connect(null, provider.GetRequiredService<TimeProvider>()),
            new KubernetesClientOptions(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IEventBus>(provider => new InProcessEventBus(new InProcessEventBusOptions(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPodBus>(new GatewayPodBus());
        services.AddSingleton<IRunTokenKey>(new TestTokenKey());
        services.AddSympoziumGrains(_ => new JobRenderOptions { GatewayUrl = "http://gateway.test", GatewaySocketDirectory = "/data/gateway" });
        services.AddForwarder();
    }

    private sealed class TestTokenKey : IRunTokenKey
    {
        public ReadOnlyMemory<byte> Key { get; } = new byte[RunToken.KeySize];
    }
}
