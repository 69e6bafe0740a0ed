using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>
/// Looks after one life of a container: runs the hook after its start, then its startup probe, then liveness and readiness probes, each at
/// its own pace. It only reports; the pod's worker decides. https://kubernetes.io/docs/concepts/workloads/pods/probes/
/// </summary>
internal sealed class ContainerAttendant(
    HandlerRunner handlers, PodEvents events, PodContainer container, ContainerProcess process, bool hasHook, TimeProvider time, Action<AttendantReport> report)
    : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly bool _hasStarted = container.HasStarted;
    private readonly DateTimeOffset _startedAt = container.StartedAt;
    private volatile bool _isStarting = hasHook;

    /// <summary>Whether the hook after the start still runs: no further container is started meanwhile.</summary>
    public bool IsStarting => _isStarting;

    /// <summary>The work; ends with <see cref="Dispose"/>.</summary>
    public Task Work { get; private set; } = Task.CompletedTask;

    public void Start() => Work = Task.Run(() => RunAsync(_end.Token));

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_isStarting && !await RunHookAsync(cancellationToken))
            {
                return;
            }

            if (container.Spec.StartupProbe is { } startup && !_hasStarted && !await WatchAsync(startup, ProbeKind.Startup, cancellationToken))
            {
                return;
            }

            await Task.WhenAll(WatchAsync(container.Spec.LivenessProbe, ProbeKind.Liveness, cancellationToken), WatchAsync(container.Spec.ReadinessProbe, ProbeKind.Readiness, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The container ends; nobody asks any more.
        }
    }

    private async Task<bool> RunHookAsync(CancellationToken cancellationToken)
    {
        HandlerResult result = await handlers.RunAsync(container.Spec.Lifecycle!.PostStart!, cancellationToken);
        _isStarting = false;
        if (result.Ok)
        {
            report(new AttendantReport(container, process, AttendantReportKind.HookSucceeded));
            return true;
        }

        events.Warn("FailedPostStartHook", "PostStartHook failed", container);
        report(new AttendantReport(container, process, AttendantReportKind.Unhealthy, "FailedPostStartHook"));
        return false;
    }

    /// <summary>Probes again and again; ends true when a startup probe succeeded, false when a probe failed for good.</summary>
    private async Task<bool> WatchAsync(Probe? probe, ProbeKind kind, CancellationToken cancellationToken)
    {
        if (probe is null)
        {
            return true;
        }

        var counter = new ProbeCounter(probe);
        DateTimeOffset next = _startedAt + TimeSpan.FromSeconds(probe.InitialDelaySeconds);
        while (true)
        {
            next = await WaitAsync(next, cancellationToken) + TimeSpan.FromSeconds(probe.PeriodSeconds);
            HandlerResult result = await handlers.ProbeAsync(probe, cancellationToken);
            if (!result.Ok)
            {
                events.Warn("Unhealthy", $"{kind} probe {(result.IsError ? "errored and resulted in unknown state" : "failed")}: {result.Output}", container);
            }

            if (result.IsWarning)
            {
                events.Warn("ProbeWarning", $"{kind} probe warning: {result.Output}", container);
            }

            // A check that could not be made says nothing about the container.
            if (!result.IsError && counter.Count(result) is { } outcome && Announce(probe, kind, outcome) is { } end)
            {
                return end;
            }
        }
    }

    /// <summary>Reports what a probe has come to; null when it goes on.</summary>
    private bool? Announce(Probe probe, ProbeKind kind, bool succeeded)
    {
        switch (kind)
        {
            case ProbeKind.Readiness:
                report(new AttendantReport(container, process, succeeded ? AttendantReportKind.Ready : AttendantReportKind.Unready));
                return null;
            case ProbeKind.Startup when succeeded:
                report(new AttendantReport(container, process, AttendantReportKind.Started));
                return true;
            case ProbeKind.Liveness when succeeded:
                return null;
            default:
                string fate = container.RestartPolicy == PodLifecycle.Never ? "" : ", will be restarted";
                string message = $"Container {container.Name} failed {kind.ToString().ToLowerInvariant()} probe{fate}";
                TimeSpan? grace = probe.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
                report(new AttendantReport(container, process, AttendantReportKind.Unhealthy, message, grace));
                return false;
        }
    }

    /// <summary>Waits until a time; a time that has passed is now.</summary>
    private async Task<DateTimeOffset> WaitAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (until <= now)
        {
            return now;
        }

        await Task.Delay(until - now, time, cancellationToken);
        return until;
    }

    private enum ProbeKind
    {
        Startup,
        Liveness,
        Readiness,
    }
}
