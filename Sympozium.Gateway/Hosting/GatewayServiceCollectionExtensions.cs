using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sympozium.Gateway.Auth;
using Sympozium.Gateway.Broker;
using Sympozium.Gateway.Bus;
using Sympozium.Gateway.History;
using Sympozium.Gateway.OpenAi;
using Sympozium.Gateway.Runs;

namespace Sympozium.Gateway.Hosting;

/// <summary>Registers the gateway.</summary>
public static class GatewayServiceCollectionExtensions
{
    /// <summary>
    /// Adds the gateway's parts. The host supplies <c>IGrainFactory</c>, <c>IEventBus</c>, <c>IKubernetesClient</c>,
    /// <c>IRunTokenKey</c>, <c>IRunHistory</c> and <c>IUsageLedger</c>.
    /// </summary>
    public static IServiceCollection AddSympoziumGateway(this IServiceCollection services, GatewayOptions options)
    {
        services.AddLogging();
        services.AddRoutingCore();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        AddAuth(services, options);
        AddRuns(services);
        AddOpenAi(services);
        services.AddSingleton<HistoryEndpoints>();
        services.AddSingleton<AgentSpans>();
        services.AddSingleton<BusEndpoints>();
        AddBroker(services);
        return services;
    }

    private static void AddAuth(IServiceCollection services, GatewayOptions options)
    {
        services.TryAddSingleton(_ => ClientToken.LoadOrCreate(options.TokenFile));
        services.AddSingleton<RunTokenVerifier>();
    }

    private static void AddRuns(IServiceCollection services)
    {
        services.AddSingleton<RunEventHub>();
        services.AddHostedService(provider => provider.GetRequiredService<RunEventHub>());
        services.AddSingleton<RunFollowers>();
        services.AddSingleton<RunEventsEndpoint>();
    }

    private static void AddOpenAi(IServiceCollection services)
    {
        services.AddSingleton<InstanceCatalog>();
        services.AddSingleton<RunLauncher>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<ChatCompletionsEndpoint>();
    }

    private static void AddBroker(IServiceCollection services)
    {
        services.TryAddSingleton(new BrokerOptions());
        services.AddSingleton<CredentialReader>();
        services.AddSingleton<ProviderClient>();
        services.AddSingleton<BrokerEndpoint>();
    }
}
