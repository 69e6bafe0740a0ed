using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sympozium.Gateway.Hosting;

namespace Sympozium.Silo.Telemetry;

/// <summary>
/// The metrics of the process in Prometheus' text format. The library that keeps them is started with the first request, or with the process when
/// <c>OTEL_METRICS_EXPORTER=prometheus</c> says that somebody will ask: until then they cost nothing, and they count from then on.
/// </summary>
internal sealed class MetricsPage : IMetricsPage, IHostedService, IDisposable
{
    private static readonly string[] Meters =
    [
        "Sympozium.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime",
    ];

    private readonly TelemetryOptions _options;
    private readonly TelemetryIdentity _identity;
    private readonly IServiceProvider _services;
    private readonly Lazy<RequestDelegate> _page;
    private MeterProvider? _provider;

    public MetricsPage(TelemetryOptions options, TelemetryIdentity identity, IServiceProvider services)
    {
        (_options, _identity, _services) = (options, identity, services);
        _page = new Lazy<RequestDelegate>(Build);
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext context) => _page.Value(context);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.KeepsMetrics)
        {
            _ = _page.Value;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _provider?.Dispose();

    private RequestDelegate Build()
    {
        _provider = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(_identity.ControlPlane()).AddMeter(Meters).AddPrometheusExporter().Build();
        var pipeline = new ApplicationBuilder(_services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        return pipeline.Build();
    }
}
