using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Sympozium.Silo.Telemetry;

/// <summary>
/// Exports traces while an endpoint is configured; without one nothing of OpenTelemetry is even loaded. Spans wait in a bounded queue that drops what does
/// not fit, so neither a run nor the end of the process waits for the endpoint.
/// </summary>
internal sealed class TraceExport(TelemetryOptions options, TelemetryIdentity identity, ExportHealth health) : IHostedService, IDisposable
{
    private const int ShutdownMilliseconds = 2000;

    private static readonly string[] Sources =
        ["Sympozium.Admission", "Sympozium.Gateway", "Sympozium.LocalCluster", "Sympozium.Messaging", "Sympozium.Runs", "Microsoft.Orleans.Application"];

    private readonly List<TracerProvider> _providers = [];

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Agents are services of their own, though their spans leave through the control plane.
        _providers.Add(Build(identity.ControlPlane(), Sources));
        _providers.Add(Build(TelemetryIdentity.Agents(), ["Sympozium.Agent"]));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_providers.Select(provider => Task.Run(() => provider.Shutdown(ShutdownMilliseconds), CancellationToken.None)));

    /// <inheritdoc/>
    public void Dispose() => _providers.ForEach(provider => provider.Dispose());

    private TracerProvider Build(ResourceBuilder resource, string[] sources) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(resource)
        .SetSampler(new TraceSampler(options.Sampler, options.Ratio))
        .AddSource(sources)
        .AddProcessor(_ => Batches(Exporter()))
        .Build();

    /// <summary>As OTEL_BSP_* say.</summary>
    private static BatchActivityExportProcessor Batches(TraceExporter exporter)
    {
        var batch = new BatchExportActivityProcessorOptions();
        return new BatchActivityExportProcessor(exporter, batch.MaxQueueSize, batch.ScheduledDelayMilliseconds, batch.ExporterTimeoutMilliseconds, batch.MaxExportBatchSize);
    }

    private TraceExporter Exporter()
    {
        var exporter = new OtlpExporterOptions { Protocol = options.Protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf };
        if (options.TracesEndpoint is not null)
        {
            exporter.Endpoint = options.TracesEndpoint;
        }

        exporter.Headers = options.TracesHeaders ?? exporter.Headers;
        return new TraceExporter(exporter, health);
    }
}
