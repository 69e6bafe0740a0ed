using System.Diagnostics.Metrics;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Silo.Forwarding;

/// <summary>Metrics of the forwarder: how long keys wait and calls take, what waits now, and how many runs are in which phase.</summary>
internal sealed class ForwarderInstruments : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Sympozium.Forwarding";

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _calls;

    public ForwarderInstruments(Func<int> waiting, LiveRuns runs)
    {
        _calls = _meter.CreateHistogram(
            "sympozium.reconcile.duration", "s", "Calls of grains that a change leads to, by kind and outcome", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30] });
        _meter.CreateObservableUpDownCounter("sympozium.reconcile.waiting", waiting, "{key}", "Keys that wait for a call or are being called");
        _meter.CreateObservableUpDownCounter("sympozium.runs.live", Live, "{run}", "Runs that have not ended, by phase");

        // An ended run is counted when it ends.
        IEnumerable<Measurement<int>> Live() => runs.CountByPhase().Select(pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>(TraceAttributes.Phase, pair.Key)));
    }

    /// <summary>Makes the call and records it.</summary>
    public async Task RecordAsync(TargetKind kind, Task call, long started)
    {
        string outcome = "failed";
        try
        {
            await call;
            outcome = "done";
        }
        finally
        {
            _calls.Record(TimeProvider.System.GetElapsedTime(started).TotalSeconds, new("sympozium.reconcile.kind", kind.ToString()), new KeyValuePair<string, object?>("sympozium.reconcile.outcome", outcome));
        }
    }

    /// <summary>Whether somebody asks for the duration of calls.</summary>
    public bool RecordsCalls => _calls.Enabled;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
