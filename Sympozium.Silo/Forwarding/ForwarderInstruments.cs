using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Silo.Forwarding;

/// <summary>Metrics of the forwarder: how long keys wait and calls take, what waits now, and how many runs are in which phase.</summary>
internal sealed class ForwarderInstruments : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Sympozium.Forwarding";

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _calls;
    private readonly Lock _lock = new();

    /// <summary>Phases of the runs that have not ended: an ended one is counted when it ends. Guarded by <see cref="_lock"/>.</summary>
    private readonly Dictionary<ResourceKey, string> _phases = [];

    public ForwarderInstruments(Func<int> waiting)
    {
        _calls = _meter.CreateHistogram(
            "sympozium.reconcile.duration", "s", "Calls of grains that a change leads to, by kind and outcome", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30] });
        _meter.CreateObservableUpDownCounter("sympozium.reconcile.waiting", waiting, "{key}", "Keys that wait for a call or are being called");
        _meter.CreateObservableUpDownCounter("sympozium.runs.live", Live, "{run}", "Runs that have not ended, by phase");
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

    /// <summary>A run was seen.</summary>
    public void See(ResourceKey key, JsonObject run)
    {
        string phase = (string?)run["status"]?["phase"] ?? RunPhase.Pending;
        lock (_lock)
        {
            if (RunPhase.IsTerminal(phase))
            {
                _phases.Remove(key);
            }
            else
            {
                _phases[key] = phase;
            }
        }
    }

    /// <summary>A run is gone.</summary>
    public void Forget(ResourceKey key)
    {
        lock (_lock)
        {
            _phases.Remove(key);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private List<Measurement<int>> Live()
    {
        lock (_lock)
        {
            return [.. _phases.Values.CountBy(phase => phase).Select(pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>(TraceAttributes.Phase, pair.Key)))];
        }
    }
}
