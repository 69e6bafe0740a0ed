using Microsoft.Extensions.Logging;

namespace Sympozium.Silo.Telemetry;

/// <summary>Says once that the endpoint does not take spans, and once that it does again, however many exporters send to it.</summary>
internal sealed partial class ExportHealth(Uri endpoint, ILogger<ExportHealth> logger)
{
    private readonly Lock _lock = new();

    /// <summary>Guarded by <see cref="_lock"/>.</summary>
    private long _lost;

    /// <summary>A batch was sent, or given up.</summary>
    public void Report(bool taken, long spans)
    {
        lock (_lock)
        {
            if (taken && _lost > 0)
            {
                LogBack(endpoint, _lost);
                _lost = 0;
            }
            else if (!taken && _lost == 0)
            {
                LogAway(endpoint);
            }

            _lost += taken ? 0 : spans;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Traces cannot be sent to {Endpoint} and are dropped until it takes them; runs do not wait for it")]
    private partial void LogAway(Uri endpoint);

    [LoggerMessage(Level = LogLevel.Information, Message = "Traces go to {Endpoint} again; {Lost} spans were lost")]
    private partial void LogBack(Uri endpoint, long lost);
}
