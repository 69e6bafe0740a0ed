using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Gateway.Admission;
using Sympozium.Gateway.Hosting;
using Sympozium.Messaging.InProcess;
using Sympozium.Silo.Forwarding;
using Sympozium.Silo.Local;

namespace Sympozium.Silo.Hosting;

/// <summary>What all compositions of the control plane have alike.</summary>
internal static class SiloHost
{
    /// <summary>A host with configuration from the environment, the compact log on standard error, and the system's clock.</summary>
    public static HostApplicationBuilder CreateBuilder()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddEnvironmentVariables();
        // Standard output stays free: all events go to standard error.
        builder.Logging.AddConsole(console =>
        {
            console.FormatterName = CompactConsoleFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        builder.Logging.AddConsoleFormatter<CompactConsoleFormatter, ConsoleFormatterOptions>();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>The signing key of run tokens, which all processes of an installation share through a Secret.</summary>
    public static IServiceCollection AddRunTokenKey(this IServiceCollection services)
    {
        services.AddSingleton<SecretRunTokenKey>();
        services.AddSingleton<IRunTokenKey>(provider => provider.GetRequiredService<SecretRunTokenKey>());
        return services.AddHostedService(provider => provider.GetRequiredService<SecretRunTokenKey>());
    }

    /// <summary>The event bus of one process, live and durable; pods reach it through the gateway.</summary>
    public static IServiceCollection AddProcessEventBus(this IServiceCollection services)
    {
        services.AddSingleton(provider => new InProcessEventBus(new InProcessEventBusOptions(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IEventBus>(provider => provider.GetRequiredService<InProcessEventBus>());
        services.AddSingleton<IPodBus, GatewayPodBus>();
        return services.AddSingleton<IDurableEvents>(provider => provider.GetRequiredService<InProcessEventBus>());
    }

    /// <summary>The admission webhook, where the configuration wants it.</summary>
    public static IServiceCollection AddAdmissionWhenEnabled(this IServiceCollection services, IConfiguration configuration)
    {
        AdmissionOptions admission = configuration.GetSection(AdmissionOptions.SectionName).Get<AdmissionOptions>() ?? new AdmissionOptions();
        return admission.Enabled ? services.AddSympoziumAdmission(admission) : services;
    }

    /// <summary>Watches that become grain calls; all of them unless a share was added before.</summary>
    public static IServiceCollection AddForwarder(this IServiceCollection services)
    {
        services.AddOptions<ForwarderOptions>().BindConfiguration(ForwarderOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IForwardingShare, WholeShare>();
        services.AddSingleton<WatchForwarder>();
        services.AddSingleton<IGatewayReadiness>(provider => new WatchReadiness(provider.GetRequiredService<WatchForwarder>));
        return services.AddHostedService(provider => provider.GetRequiredService<WatchForwarder>());
    }
}
