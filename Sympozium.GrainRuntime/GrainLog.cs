using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime;

/// <summary>What the runtime logs.</summary>
internal sealed partial class GrainLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Error, "Grain {GrainId} did not start; its callers get the error")]
    public partial void ActivationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(2, LogLevel.Error, "Grain {GrainId} ended with an error")]
    public partial void DeactivationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(3, LogLevel.Warning, "Grain {GrainId} ends although calls are still under way after {Limit}")]
    public partial void CallsOutlastedDeactivation(GrainId grainId, TimeSpan limit);

    [LoggerMessage(4, LogLevel.Error, "Timer callback of grain {GrainId} failed")]
    public partial void TimerFailed(Exception exception, GrainId grainId);

    [LoggerMessage(5, LogLevel.Error, "One-way call {Method} of grain {GrainId} failed")]
    public partial void OneWayFailed(Exception exception, string method, GrainId grainId);

    [LoggerMessage(6, LogLevel.Warning, "Call {Method} of grain {GrainId} failed after its caller had gone")]
    public partial void LateFailure(Exception exception, string method, GrainId grainId);

    [LoggerMessage(7, LogLevel.Error, "A callback in a turn of grain {GrainId} failed")]
    public partial void CallbackFailed(Exception exception, GrainId grainId);

    [LoggerMessage(8, LogLevel.Error, "Enumeration {Method} of grain {GrainId} ended with an error")]
    public partial void EnumerationFailed(Exception exception, string method, GrainId grainId);

    [LoggerMessage(9, LogLevel.Error, "Reminder {Reminder} of grain {GrainId} failed; it fires again at its next time")]
    public partial void ReminderFailed(Exception exception, string reminder, GrainId grainId);

    [LoggerMessage(10, LogLevel.Warning, "Reminder {Reminder} belongs to grain {GrainId}, whose class is not served here or cannot be reminded; it is kept but does not fire")]
    public partial void ReminderWithoutGrain(string reminder, GrainId grainId);

    [LoggerMessage(11, LogLevel.Warning, "{Count} grains had not ended when time was up")]
    public partial void StoppedEarly(int count);

    [LoggerMessage(12, LogLevel.Error, "Looking for idle grains failed; the next look is in {Quantum}")]
    public partial void CollectionFailed(Exception exception, TimeSpan quantum);
}
