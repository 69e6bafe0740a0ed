using System.Collections.Concurrent;
using Sympozium.GrainRuntime.Activations;

namespace Sympozium.GrainRuntime.Calls;

/// <summary>Time limits of calls, activations and deactivations: one queue for each distinct limit.</summary>
internal sealed class Deadlines(TimeSpan responseTimeout, TimeProvider time) : IDisposable
{
    private readonly DeadlineQueue _responses = new(responseTimeout, time);
    private readonly ConcurrentDictionary<TimeSpan, DeadlineQueue> _others = new();

    /// <summary>Adds a deadline for a call; null stands for the default timeout, infinity for none.</summary>
    public DeadlineEntry? Add(TimeSpan? timeout, Action<object> expired, object state)
    {
        if (timeout is null)
        {
            return _responses.Add(expired, state);
        }

        return timeout == Timeout.InfiniteTimeSpan ? null : Queue(timeout.Value).Add(expired, state);
    }

    /// <summary>A token which is signalled, in a turn of the activation, after the given time.</summary>
    public TimeLimit Limit(GrainActivation activation, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var limit = new TimeLimit(activation);
        limit.Start(Add(timeout, static state => ((TimeLimit)state).Expire(), limit), cancellationToken);
        return limit;
    }

    public void Dispose()
    {
        _responses.Dispose();
        foreach (var queue in _others.Values)
        {
            queue.Dispose();
        }
    }

    private DeadlineQueue Queue(TimeSpan timeout) => _others.GetOrAdd(timeout, static (span, time) => new DeadlineQueue(span, time), time);
}
