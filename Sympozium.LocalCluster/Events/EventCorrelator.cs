namespace Sympozium.LocalCluster.Events;

/// <summary>What to do with an event that happened.</summary>
/// <param name="Name">Name of the Event object.</param>
/// <param name="Count">How often it happened; 1 means that the object is to be created.</param>
internal readonly record struct Correlation(string Name, int Count);

/// <summary>
/// Recognises repetitions and floods, as the recorder of client-go does: an event that was there before is counted up, and an object about
/// which one component says too much gets no more for a while. Not thread-safe.
/// </summary>
internal sealed class EventCorrelator(EventOptions options)
{
    /// <summary>Objects and events that are remembered; beyond it the memory starts anew, and repetitions become events of their own.</summary>
    private const int MaxRemembered = 4096;

    private readonly Dictionary<(EventTarget Target, string Component, string Reason, string Message), Correlation> _seen = [];
    private readonly Dictionary<(string Uid, string Component), Budget> _budgets = [];
    private long _lastStamp;

    /// <summary>Where an event goes; null when it is one too many.</summary>
    public Correlation? Place(ClusterEvent happened, DateTimeOffset now)
    {
        if (_seen.Count >= MaxRemembered || _budgets.Count >= MaxRemembered)
        {
            _seen.Clear();
            _budgets.Clear();
        }

        if (!Spend((happened.Target.Uid, happened.Component), now))
        {
            return null;
        }

        var key = (happened.Target with { ResourceVersion = "" }, happened.Component, happened.Reason, happened.Message);
        Correlation placed = _seen.TryGetValue(key, out Correlation before)
            ? before with { Count = before.Count + 1 }
            : new Correlation(Name(happened.Target.Name, now), 1);
        _seen[key] = placed;
        return placed;
    }

    /// <summary>Forgets an event whose object is gone: its next occurrence is a new one.</summary>
    public void Forget(ClusterEvent happened) =>
        _seen.Remove((happened.Target with { ResourceVersion = "" }, happened.Component, happened.Reason, happened.Message));

    private bool Spend((string Uid, string Component) who, DateTimeOffset now)
    {
        Budget budget = _budgets.GetValueOrDefault(who, new Budget(options.Burst, now));
        double tokens = Math.Min(options.Burst, budget.Tokens + (now - budget.At) / options.Refill);
        bool allowed = tokens >= 1;
        _budgets[who] = new Budget(allowed ? tokens - 1 : tokens, now);
        return allowed;
    }

    /// <summary>Sorts by time: the stamp grows even when the clock stands still.</summary>
    private string Name(string target, DateTimeOffset now)
    {
        const int NanosecondsPerTick = 100;
        _lastStamp = Math.Max(_lastStamp + 1, (now - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{target}.{_lastStamp:x16}");
    }

    private readonly record struct Budget(double Tokens, DateTimeOffset At);
}
