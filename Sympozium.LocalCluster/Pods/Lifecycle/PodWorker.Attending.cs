using System.Collections.Concurrent;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Probing;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

internal sealed partial class PodWorker
{
    private readonly ConcurrentQueue<AttendantReport> _reports = new();

    /// <summary>Takes what a hook or a probe found out; called from any thread.</summary>
    private void Report(AttendantReport report)
    {
        _reports.Enqueue(report);
        _wake.Wake();
    }

    /// <summary>Starts what goes on beside a container: its hook, when it is new, and its probes.</summary>
    private void Attend(PodContainer container, ContainerProcess process, bool isNew)
    {
        ContainerSpec spec = container.Spec;
        bool hasHook = isNew && spec.Lifecycle?.PostStart is not null;
        container.HasStarted = isNew ? !hasHook && spec.StartupProbe is null : container.HasStarted || spec.StartupProbe is null;
        container.ReadinessOk = spec.ReadinessProbe is null || (!isNew && container.ReadinessOk);
        if (isNew)
        {
            Settle(container);
        }

        if (hasHook || spec.StartupProbe is not null || spec.LivenessProbe is not null || spec.ReadinessProbe is not null)
        {
            var handlers = new HandlerRunner(_services, spec, process, _address);
            container.Attendant = new ContainerAttendant(handlers, _events, container, process, hasHook, _services.Time, Report);
            container.Attendant.Start();
        }
    }

    /// <summary>One that is to run for good is not ready before it has run for a moment, unless a probe says so.</summary>
    private void Settle(PodContainer container)
    {
        bool settles = container.Spec.ReadinessProbe is null && container.RestartPolicy == PodLifecycle.Always;
        container.SettledAt = settles ? container.StartedAt + _services.Options.SettleTime : null;
        container.ReadinessOk = container.ReadinessOk && !settles;
    }

    private void ObserveReports(DateTimeOffset now)
    {
        bool changed = false;
        foreach (PodContainer settled in _containers.Where(c => c.Phase == ContainerPhase.Running && c.SettledAt <= now))
        {
            settled.SettledAt = null;
            settled.ReadinessOk = true;
            changed = true;
        }

        while (_reports.TryDequeue(out AttendantReport? report))
        {
            PodContainer container = report.Container;
            if (container.Process == report.Process && container.Phase == ContainerPhase.Running)
            {
                changed = true;
                Observe(container, report);
            }
        }

        if (changed)
        {
            SaveState();
        }
    }

    private static void Observe(PodContainer container, AttendantReport report)
    {
        switch (report.Kind)
        {
            case AttendantReportKind.HookSucceeded:
                container.HasStarted = container.Spec.StartupProbe is null;
                break;
            case AttendantReportKind.Started:
                container.HasStarted = true;
                break;
            case AttendantReportKind.Ready:
                container.ReadinessOk = true;
                break;
            case AttendantReportKind.Unready:
                container.ReadinessOk = false;
                break;
            case AttendantReportKind.Unhealthy:
                container.Stop ??= new ContainerStop(report.Message, report.Grace);
                break;
        }
    }

    /// <summary>
    /// Runs the hook before a container's end; null once it has run (or there is none) and the container may be asked to end, else when to look
    /// again. The hook's time is part of the grace; what ends after it gets a little time in any case.
    /// </summary>
    private DateTimeOffset? IsPreparingStop(PodContainer container, DateTimeOffset now)
    {
        container.Attendant?.Dispose();
        container.Attendant = null;
        if (container.Spec.Lifecycle?.PreStop is not { } hook || container.Restarts == container.PreStopped)
        {
            return null;
        }

        container.PreStop ??= new HookRun(new HandlerRunner(_services, container.Spec, container.Process!, _address), hook, _services.Time, container.KillAt!.Value - now, _wake.Wake);
        if (container.PreStop.Result is not { } result)
        {
            return container.KillAt <= now ? now + SignalRetry : container.KillAt;
        }

        if (!result.Ok)
        {
            _events.Warn("FailedPreStopHook", "PreStopHook failed", container);
        }

        container.PreStop.Dispose();
        container.PreStop = null;
        container.PreStopped = container.Restarts;
        container.KillNotBefore = now + MinGrace;
        return null;
    }
}
