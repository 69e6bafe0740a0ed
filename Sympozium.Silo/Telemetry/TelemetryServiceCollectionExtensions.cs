using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Gateway.Bus;
using Sympozium.Gateway.Hosting;

namespace Sympozium.Silo.Telemetry;

/// <summary>Registers traces and metrics.</summary>
internal static class TelemetryServiceCollectionExtensions
{
    /// <summary>
    /// Adds the page of <c>/metrics</c>, and the export of traces when the environment names an endpoint. Call it before what is to be traced, so that it
    /// starts before and stops after it. <paramref name="service"/> is the name of the service when OTEL_SERVICE_NAME is not set.
    /// </summary>
    /// <exception cref="FormatException">A variable of OpenTelemetry has a value that it may not have.</exception>
    public static IServiceCollection AddSympoziumTelemetry(this IServiceCollection services, string service)
    {
        TelemetryOptions options = TelemetryOptions.Read(Environment.GetEnvironmentVariable);
        services.AddSingleton(options);
        services.AddSingleton(new TelemetryIdentity(service));
        services.AddSingleton<MetricsPage>();
        services.AddSingleton<IMetricsPage>(provider => provider.GetRequiredService<MetricsPage>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<MetricsPage>());
        if (options.ExportsTraces)
        {
            services.AddSingleton(provider => new ExportHealth(options.Endpoint!, provider.GetRequiredService<ILogger<ExportHealth>>()));
            services.AddHostedService<TraceExport>();
        }

        return services;
    }

    /// <summary>Gives a host within the process what the outer one keeps: both say what the process does.</summary>
    public static IServiceCollection ShareTelemetry(this IServiceCollection services, IServiceProvider outer) =>
        services.AddSingleton(outer.GetRequiredService<TelemetryOptions>()).AddSingleton(outer.GetRequiredService<IMetricsPage>());

    /// <summary>Takes the spans that bridges publish on the bus rather than at a gateway, while traces are exported.</summary>
    public static IServiceCollection AddSpanForwarder(this IServiceCollection services)
    {
        if (TelemetryOptions.Read(Environment.GetEnvironmentVariable).ExportsTraces)
        {
            services.AddSingleton<AgentSpans>();
            services.AddHostedService<SpanForwarder>();
        }

        return services;
    }
}
