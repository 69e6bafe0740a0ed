using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// Calls again when a silo has stopped or died under the call. Grain methods may be repeated: they bring something to a state, or name what
/// they add by an id (Sympozium.Abstractions/README.md). The wait is bounded; then the caller sees the failure.
/// </summary>
internal sealed partial class GrainCallRetry(TimeProvider time, ILogger<GrainCallRetry> logger) : IOutgoingGrainCallFilter
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A little more than it takes until a killed silo is voted out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        long start = time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (Exception e) when (IsGone(e) && IsOurs(context) && time.GetElapsedTime(start) < Patience)
            {
                LogAgain(e, context.TargetId, context.MethodName, pause);
                await Task.Delay(pause, time);
            }
        }
    }

    private static bool IsGone(Exception exception) => exception is OrleansMessageRejectionException or ConnectionFailedException;

    /// <summary>Orleans' own grains have their own rules.</summary>
    private static bool IsOurs(IOutgoingGrainCallContext context) =>
        context.InterfaceMethod.DeclaringType?.Namespace?.StartsWith("Sympozium", StringComparison.Ordinal) == true;

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Call {Method} of grain {Grain} met a silo that is gone; it is made again in {Pause}")]
    private partial void LogAgain(Exception exception, GrainId grain, string method, TimeSpan pause);
}
