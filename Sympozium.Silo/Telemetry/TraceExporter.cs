using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Sympozium.Silo.Telemetry;

/// <summary>Sends spans by OTLP and reports whether they were taken, which the library tells nobody.</summary>
internal sealed class TraceExporter(OtlpExporterOptions options, ExportHealth health) : OtlpTraceExporter(options)
{
    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        ExportResult result = base.Export(activityBatch);
        health.Report(result == ExportResult.Success, activityBatch.Count);
        return result;
    }
}
