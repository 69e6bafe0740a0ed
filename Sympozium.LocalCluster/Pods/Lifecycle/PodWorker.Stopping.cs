using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

internal sealed partial class PodWorker
{
    /// <summary>How soon a signal is tried again that found no process that handles it.</summary>
    private static readonly TimeSpan SignalRetry = TimeSpan.FromMilliseconds(20);

    /// <summary>How soon processes are looked for again that were killed by their marker: one that is just becoming another program shows none.</summary>
    private static readonly TimeSpan KillRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a process gets to install its handlers; one that has none for SIGTERM by then is never sent one.</summary>
    private static readonly TimeSpan HandlerTime = TimeSpan.FromSeconds(2);

    /// <summary>What a sidecar gets to end at least, and anything after a hook that used up the grace.</summary>
    private static readonly TimeSpan MinGrace = TimeSpan.FromSeconds(2);

    private void ObserveEnds(DateTimeOffset now)
    {
        foreach (PodContainer container in Containers.Where(HasEnded))
        {
            ContainerProcess process = container.Process!;
            container.Attendant?.Dispose();
            container.Attendant = null;
            container.HasStarted = false;
            container.SettledAt = null;
            process.Input?.Dispose();
            _services.Logs.Finish(_services.Paths.Log(Uid, container.Name, container.Restarts));
            container.End = new ContainerEnding(_services, Uid, container).Observe(now);
            container.Phase = ContainerPhase.Ended;

            ContainerSignals.KillRest(process.RecordFile, process.Marker, _services.Sandbox.HasPidNamespace);

            _services.Groups.Remove(process.Marker);
            PlanRestart(container);
            LogContainerEnded(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, container.Name, container.End.ExitCode, container.End.Reason);
        }
    }

    private void PlanRestart(PodContainer container)
    {
        bool stopsWithPod = container.KillAt is not null && container.Stop is null;
        if (stopsWithPod || !PodLifecycle.Restarts(container.RestartPolicy, container.End))
        {
            return;
        }

        (TimeSpan wait, container.Backoff) = container.Backoff.After(container.End!.FinishedAt, _services.Options);
        if (wait > TimeSpan.Zero)
        {
            string where = $"{_pod.Metadata.Name}_{_pod.Metadata.Namespace}({Uid})";
            container.RetryAt = container.End.FinishedAt + wait;
            container.WaitingReason = "CrashLoopBackOff";
            container.WaitingMessage = $"back-off {Duration(wait)} restarting failed container={container.Name} pod={where}";
            _events.Warn("BackOff", $"Back-off restarting failed container {container.Name} in pod {where}", container);
        }
    }

    /// <summary>As Go writes whole seconds: <c>10s</c>, <c>1m20s</c>, <c>5m0s</c>.</summary>
    private static string Duration(TimeSpan wait) =>
        wait < TimeSpan.FromMinutes(1) ? $"{wait.TotalSeconds:0}s" : $"{(int)wait.TotalMinutes}m{wait.Seconds}s";

    /// <summary>Whether the pod as a whole shall end, and by when.</summary>
    private bool ObserveEnding(DateTimeOffset now)
    {
        if (_removed)
        {
            _endBy = now;
            return true;
        }

        if (_pod.Metadata.DeletionTimestamp is { } deletion)
        {
            _deletionSeen ??= now;
            DateTimeOffset endBy = now + TimeSpan.FromSeconds(_pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec.TerminationGracePeriodSeconds);

            // One that was being ended before this control plane started does not get its grace twice; the stored time lacks a second's fraction.
            DateTimeOffset stored = deletion + TimeSpan.FromSeconds(1);
            endBy = endBy < stored ? endBy : stored;
            _endBy = _endBy < endBy ? _endBy : endBy;
            return true;
        }

        if (_verdict is null && !IsOver)
        {
            Judge(now);
        }

        return _verdict is not null;
    }

    /// <summary>Ends the pod when something beside its containers says so.</summary>
    private void Judge(DateTimeOffset now)
    {
        if (_eviction is { } eviction)
        {
            _verdict = eviction;
            _endBy = now + TimeSpan.FromSeconds(1);
            _events.Warn(eviction.Reason, eviction.Message);
        }
        else if (_shutdown)
        {
            _verdict = new PodVerdict("Terminated", "Pod was terminated because the local control plane was stopped.", IsDisruption: true);
            _endBy = now + _services.Options.ShutdownGrace;
        }
        else if (Deadline(stopping: false) is { } deadline && deadline <= now)
        {
            _verdict = new PodVerdict("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
            _endBy = now + TimeSpan.FromSeconds(_pod.Spec.TerminationGracePeriodSeconds);
            _events.Normal(_verdict.Reason, _verdict.Message);
        }
    }

    private DateTimeOffset? Deadline(bool stopping) =>
        !stopping && !IsOver && _pod.Spec.ActiveDeadlineSeconds is { } seconds ? _status.StartTime + TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Asks a container to end, and kills it when it has had its time; returns when to look again.</summary>
    private DateTimeOffset? Stop(PodContainer container, DateTimeOffset now)
    {
        if (container.KillAt is null && !_removed)
        {
            _events.Normal("Killing", container.Stop?.Message ?? $"Stopping container {container.Name}", container);
        }

        container.KillAt = KillTime(container, now);
        ContainerProcess process = container.Process!;
        if (!_removed && !container.StopDelivered && IsPreparingStop(container, now) is { } again)
        {
            return again;
        }

        container.KillAt = KillTime(container, now);
        if (container.KillAt <= now)
        {
            container.Killed = container.Killed || ContainerSignals.Kill(process.RecordFile, process.Marker, _services.Sandbox.HasPidNamespace);
            return container.Killed ? null : now + KillRetry;
        }

        container.StopDelivered = container.StopDelivered || ContainerSignals.Terminate(process.RecordFile, process.Marker, _services.Sandbox.HasPidNamespace);
        bool mayHandleIt = now - container.StartedAt < HandlerTime;
        return container.StopDelivered || !mayHandleIt ? container.KillAt : Earliest(container.KillAt, now + SignalRetry);
    }

    /// <summary>When a container that was asked to end is killed: not later than it was told before, but never right after its hook.</summary>
    private DateTimeOffset KillTime(PodContainer container, DateTimeOffset now)
    {
        DateTimeOffset killAt = _endBy ?? now + (container.Stop?.Grace ?? TimeSpan.FromSeconds(_pod.Spec.TerminationGracePeriodSeconds));
        if (container.Role == ContainerRole.Sidecar && !_removed && killAt < now + MinGrace)
        {
            killAt = now + MinGrace;
        }

        killAt = container.KillAt < killAt ? container.KillAt.Value : killAt;
        return !_removed && killAt < container.KillNotBefore ? container.KillNotBefore.Value : killAt;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pod {Namespace}/{Pod}: container {Container} ended with {ExitCode} ({Reason})")]
    private static partial void LogContainerEnded(ILogger logger, string @namespace, string pod, string container, int exitCode, string reason);
}
