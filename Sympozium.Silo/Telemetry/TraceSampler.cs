using System.Diagnostics;
using OpenTelemetry.Trace;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Silo.Telemetry;

/// <summary>
/// Decides where traces begin: only with what the attribute <see cref="TraceAttributes.TraceStart"/> marks, a client's call or the write of a run; background
/// work has none. A run that nothing caused is decided by its trace id, each time alike. All else follows its parent.
/// </summary>
internal sealed class TraceSampler(string name, double ratio) : Sampler
{
    public static readonly string[] Names = ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"];

    private readonly Sampler _root = name switch
    {
        "always_off" or "parentbased_always_off" => new AlwaysOffSampler(),
        "traceidratio" or "parentbased_traceidratio" => new TraceIdRatioBasedSampler(ratio),
        _ => new AlwaysOnSampler(),
    };

    private readonly bool _followsParent = name.StartsWith("parentbased_", StringComparison.Ordinal);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        string? start = StartOf(samplingParameters.Tags);
        if (samplingParameters.ParentContext.TraceId == default)
        {
            return start is null ? new SamplingResult(SamplingDecision.Drop) : _root.ShouldSample(samplingParameters);
        }

        bool isDecided = start is not "run" && (_followsParent || !samplingParameters.ParentContext.IsRemote);
        if (!isDecided)
        {
            return _root.ShouldSample(samplingParameters);
        }

        bool isSampled = (samplingParameters.ParentContext.TraceFlags & ActivityTraceFlags.Recorded) != 0;
        return new SamplingResult(isSampled ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
    }

    private static string? StartOf(IEnumerable<KeyValuePair<string, object?>>? tags)
    {
        foreach ((string tag, object? value) in tags ?? [])
        {
            if (tag == TraceAttributes.TraceStart)
            {
                return value as string;
            }
        }

        return null;
    }
}
