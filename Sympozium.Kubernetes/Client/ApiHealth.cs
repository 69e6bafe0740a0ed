namespace Sympozium.Kubernetes.Client;

/// <summary>
/// Whether an API server answers, as the requests of one client find it. It counts as gone after <see cref="FailuresUntilGone"/> failures
/// without an answer in between, and as back with the first answer, whatever that says. Told once each way.
/// </summary>
public sealed class ApiHealth(TimeProvider time)
{
    /// <summary>One request that fails may be the request's fault.</summary>
    public const int FailuresUntilGone = 2;

    /// <summary>Guards the fields below.</summary>
    private readonly Lock _lock = new();

    private int _failures;
    private DateTimeOffset _firstFailure;
    private volatile string? _problem;

    /// <summary>Called when the server is gone (with the reason) and when it is back (with how long it was gone). Must not throw or wait.</summary>
    public event Action<ApiHealthChange>? Changed;

    /// <summary>Why the server counts as gone; null while it answers or was never asked.</summary>
    public string? Problem => _problem;

    internal void Answered()
    {
        if (_failures == 0)
        {
            // The usual case, without the lock; a failure that comes at the same moment is counted the next time.
            return;
        }

        ApiHealthChange? change = null;
        lock (_lock)
        {
            if (_problem is not null)
            {
                change = new ApiHealthChange(null, time.GetUtcNow() - _firstFailure);
            }

            _failures = 0;
            _problem = null;
        }

        Tell(change);
    }

    internal void Failed(string problem)
    {
        ApiHealthChange? change = null;
        lock (_lock)
        {
            if (_failures == 0)
            {
                _firstFailure = time.GetUtcNow();
            }

            _failures++;
            if (_failures >= FailuresUntilGone && _problem is null)
            {
                change = new ApiHealthChange(problem, TimeSpan.Zero);
            }

            _problem = _failures >= FailuresUntilGone ? problem : null;
        }

        Tell(change);
    }

    private void Tell(ApiHealthChange? change)
    {
        if (change is not null)
        {
            Changed?.Invoke(change);
        }
    }
}

/// <summary>The server is gone or back.</summary>
/// <param name="Problem">Why it is gone; null when it is back.</param>
/// <param name="Gone">How long it was gone, when it is back.</param>
public sealed record ApiHealthChange(string? Problem, TimeSpan Gone);
