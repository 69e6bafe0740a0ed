using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Orleans.Serialization.Invocation;
using Orleans.Storage;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// Calls again when a silo has stopped or died under the call, or the grain had a second life elsewhere and wrote first. Grain methods may be repeated: they bring something to a state, or name what
/// they add by an id (Sympozium.Abstractions/README.md). The wait is bounded; then the caller sees the failure.
/// </summary>
/// <remarks>
/// A silo notices by itself that a call went to one that died, since the vote ends it. A client of silos does not: what was on its way to or through the
/// dead silo just gets no answer. There each attempt has a time limit. When it must be clear which silos live, the limit grows, so that a slow grain is
/// not asked in vain for ever.
/// </remarks>
internal sealed partial class GrainCallRetry(GrainCallLimits limits, TimeProvider time, ILogger<GrainCallRetry> logger) : IOutgoingGrainCallFilter
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (!IsOurs(context))
        {
            await context.Invoke();
            return;
        }

        long start = time.GetTimestamp();
        CancellationToken caller = context.Request.GetCancellationToken();
        TimeSpan? limit = context.Request.IsCancellable ? limits.FirstAttempt : null;
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await AttemptAsync(context, limit, caller);
                return;
            }
            catch (Exception e) when (IsGone(e) && time.GetElapsedTime(start) < limits.Patience)
            {
                LogAgain(e, context.TargetId, context.MethodName, pause);
                await Task.Delay(pause, time, caller);
            }
            catch (OperationCanceledException e) when (limit is not null && !caller.IsCancellationRequested)
            {
                if (time.GetElapsedTime(start) >= limits.Whole)
                {
                    throw new TimeoutException($"Call '{context.MethodName}' of grain '{context.TargetId}' got no answer in {limits.Whole}, though it was made again and again.", e);
                }

                LogNoAnswer(context.TargetId, context.MethodName, limit.Value);
                if (time.GetElapsedTime(start) >= limits.Patience)
                {
                    limit *= 2;
                }
            }
        }
    }

    /// <summary>Makes the call once, for at most <paramref name="limit"/>; a call that takes longer is withdrawn at the grain too.</summary>
    private async Task AttemptAsync(IOutgoingGrainCallContext context, TimeSpan? limit, CancellationToken caller)
    {
        if (limit is not { } longest)
        {
            await context.Invoke();
            return;
        }

        using var elapsed = new CancellationTokenSource(longest, time);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(caller, elapsed.Token);
        SetToken(context.Request, attempt.Token);
        await context.Invoke();
    }

    /// <summary>A call's token is its last argument.</summary>
    private static void SetToken(IInvokable request, CancellationToken token) => request.SetArgument(request.GetArgumentCount() - 1, token);

    /// <summary>Whether the grain is elsewhere by the next call: a grain whose state was changed behind its back has ended itself, and comes back with what is stored.</summary>
    private static bool IsGone(Exception exception) => exception is OrleansMessageRejectionException or ConnectionFailedException or InconsistentStateException;

    /// <summary>Orleans' own grains have their own rules.</summary>
    private static bool IsOurs(IOutgoingGrainCallContext context) =>
        context.InterfaceMethod.DeclaringType?.Namespace?.StartsWith("Sympozium", StringComparison.Ordinal) == true;

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Call {Method} of grain {Grain} met a silo or an activation that is gone; it is made again in {Pause}")]
    private partial void LogAgain(Exception exception, GrainId grain, string method, TimeSpan pause);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Call {Method} of grain {Grain} got no answer in {Limit}; it is made again")]
    private partial void LogNoAnswer(GrainId grain, string method, TimeSpan limit);
}
