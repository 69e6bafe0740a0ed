using System.Diagnostics.Metrics;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>Counts the GET requests that the API server of this process has answered; a watch counts when it ends.</summary>
internal sealed class ApiReads : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public ApiReads()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.server.request.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach ((string name, object? value) in tags)
            {
                if (name == "http.request.method" && value is "GET")
                {
                    Interlocked.Increment(ref _count);
                }
            }
        });
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
