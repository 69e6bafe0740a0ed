using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>
/// Converges one pod: its processes towards its description, its status towards its processes. One loop per pod, woken by the
/// watch, by the end of a process and by time; everything but <see cref="Update"/>, <see cref="Remove"/> and <see cref="Shutdown"/>
/// happens in that loop, so nothing here needs a lock. Status is written once per pass and only when it changed: a pod
/// whose containers start at once costs two writes, Running and its end.
/// </summary>
internal sealed partial class PodWorker : IDisposable
{
    /// <summary>How soon a signal is tried again that found no process to send it to.</summary>
    private static readonly TimeSpan SignalRetry = TimeSpan.FromMilliseconds(20);

    /// <summary>What a sidecar gets to end at least, even when the pod's own grace is used up.</summary>
    private static readonly TimeSpan MinSidecarGrace = TimeSpan.FromSeconds(2);

    private readonly PodServices _services;
    private readonly ContainerStarter _starter;
    private readonly PodEvents _events;
    private readonly PodStatus _status;
    private readonly WakeSignal _wake;
    private readonly List<PodContainer> _containers;
    private volatile PodManifest _pod;
    private volatile bool _removed;
    private volatile bool _shutdown;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PodVerdict? _verdict;
    private DateTimeOffset? _endBy;
    private JsonObject? _written;

    /// <summary>The stored phase is Succeeded or Failed: only the object's end is awaited.</summary>
    private bool _isTerminal;

    public PodWorker(PodServices services, PodManifest pod)
    {
        _services = services;
        _pod = pod;
        _starter = new ContainerStarter(services, pod);
        _events = new PodEvents(services, pod);
        _wake = new WakeSignal(services.Time);
        _containers =
        [
            .. pod.Spec.InitContainers.Select(c => new PodContainer(c, c.RestartPolicy == PodLifecycle.Always ? ContainerRole.Sidecar : ContainerRole.Init)),
            .. pod.Spec.Containers.Select(c => new PodContainer(c, ContainerRole.Main)),
        ];
        _status = new PodStatus(pod, _containers) { StartTime = pod.Status?.StartTime ?? services.Time.GetUtcNow() };
    }

    public string Uid => _pod.Metadata.Uid;

    /// <summary>The pod's containers, for whoever reads their logs.</summary>
    public IReadOnlyList<PodContainer> Containers => _containers;

    /// <summary>Nothing of this pod runs any more and its end is stored.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Waits until nothing of the pod runs, but not longer than until <paramref name="patience"/>.</summary>
    public async Task WhenOverAsync(DateTimeOffset patience, CancellationToken cancellationToken)
    {
        TimeSpan wait = patience - _services.Time.GetUtcNow();
        await Task.WhenAny(_over.Task, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _services.Time, cancellationToken));
    }

    /// <summary>Takes over a newer state of the object.</summary>
    public void Update(PodManifest pod)
    {
        _pod = pod;
        _wake.Wake();
    }

    /// <summary>The object is gone: nothing of the pod may stay.</summary>
    public void Remove()
    {
        _removed = true;
        _wake.Wake();
    }

    /// <summary>The control plane stops in an orderly way: the pod ends with that reason.</summary>
    public void Shutdown()
    {
        _shutdown = true;
        _wake.Wake();
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Works until the object is gone and everything of it removed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            DateTimeOffset? wakeAt;
            try
            {
                wakeAt = await StepAsync(cancellationToken);
                if (_removed && IsOver)
                {
                    _services.Paths.Remove(Uid);
                    return;
                }
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                LogStepFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, failed);
                wakeAt = _services.Time.GetUtcNow() + _services.Options.ConfigRetryPeriod;
            }

            await _wake.WaitAsync(wakeAt, cancellationToken);
        }
    }

    private async Task<DateTimeOffset?> StepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            DateTimeOffset now = _services.Time.GetUtcNow();
            if (_isTerminal)
            {
                await FinishAsync(over: true, cancellationToken);
                return null;
            }

            ObserveEnds(now);
            bool stopping = ObserveEnding(now);
            PodDecision decision = PodLifecycle.Decide(_containers, _pod.Spec.RestartPolicy, stopping, now);
            if (decision.Start.Count > 0)
            {
                await StartAsync(decision.Start, cancellationToken);
                continue;
            }

            DateTimeOffset? wakeAt = Earliest(decision.WakeAt, Deadline(stopping));
            foreach (PodContainer container in decision.Stop)
            {
                wakeAt = Earliest(wakeAt, Stop(container, now));
            }

            await WriteStatusAsync(decision.Over, now, cancellationToken);
            await FinishAsync(decision.Over, cancellationToken);
            return _containers.Exists(HasEnded) ? _services.Time.GetUtcNow() : wakeAt;
        }
    }

    private static bool HasEnded(PodContainer container) => container is { Phase: ContainerPhase.Running, Process.Ended.IsCompleted: true };

    private void ObserveEnds(DateTimeOffset now)
    {
        foreach (PodContainer container in _containers.Where(HasEnded))
        {
            ContainerProcess process = container.Process!;
            string log = _services.Paths.Log(Uid, container.Name, container.Restarts);
            int? waitStatus = process.Ended.IsCompletedSuccessfully ? process.Ended.GetAwaiter().GetResult() : null;
            container.End = ContainerEnding.Of(container, waitStatus, _services.Sandbox.HasPidNamespace, log, now);
            container.Phase = ContainerPhase.Ended;

            // Nothing may outlive its container: not what a plain process left behind, nor a sandbox whose outer half was killed.
            if (!_services.Sandbox.HasPidNamespace || ExitRecord.Read(process.RecordFile).ExitCode is null)
            {
                ContainerSignals.KillMarked(process.Marker);
            }

            PlanRestart(container);
            LogContainerEnded(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, container.Name, container.End.ExitCode, container.End.Reason);
        }
    }

    private void PlanRestart(PodContainer container)
    {
        string policy = container.Role == ContainerRole.Sidecar ? PodLifecycle.Always : _pod.Spec.RestartPolicy;
        if (container.KillAt is not null || !PodLifecycle.Restarts(policy, container.End))
        {
            return;
        }

        TimeSpan backoff = PodLifecycle.Backoff(container.Restarts, _services.Options);
        if (backoff > TimeSpan.Zero)
        {
            container.RetryAt = container.End!.FinishedAt + backoff;
            container.WaitingReason = "CrashLoopBackOff";
            container.WaitingMessage = $"back-off {backoff.TotalSeconds:0}s restarting failed container={container.Name} pod={_pod.Metadata.Name}_{_pod.Metadata.Namespace}({Uid})";
        }
    }

    /// <summary>Whether the pod as a whole shall end, and by when.</summary>
    private bool ObserveEnding(DateTimeOffset now)
    {
        if (_removed)
        {
            _endBy = now;
            return true;
        }

        if (_pod.Metadata.DeletionTimestamp is not null)
        {
            DateTimeOffset endBy = now + TimeSpan.FromSeconds(_pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec.TerminationGracePeriodSeconds);
            _endBy = _endBy < endBy ? _endBy : endBy;
            return true;
        }

        if (_verdict is null && !IsOver && _shutdown)
        {
            _verdict = new PodVerdict("Terminated", "Pod was terminated because the local control plane was stopped.");
            _endBy = now + _services.Options.ShutdownGrace;
        }
        else if (_verdict is null && !IsOver && Deadline(stopping: false) is { } deadline && deadline <= now)
        {
            _verdict = new PodVerdict("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
            _endBy = now + TimeSpan.FromSeconds(_pod.Spec.TerminationGracePeriodSeconds);
        }

        return _verdict is not null;
    }

    private DateTimeOffset? Deadline(bool stopping) =>
        !stopping && !IsOver && _pod.Spec.ActiveDeadlineSeconds is { } seconds ? _status.StartTime + TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Asks a container to end, and kills it when it has had its time; returns when to look again.</summary>
    private DateTimeOffset? Stop(PodContainer container, DateTimeOffset now)
    {
        DateTimeOffset killAt = _endBy ?? now + TimeSpan.FromSeconds(_pod.Spec.TerminationGracePeriodSeconds);
        if (container.Role == ContainerRole.Sidecar && !_removed && killAt < now + MinSidecarGrace)
        {
            killAt = now + MinSidecarGrace;
        }

        container.KillAt = container.KillAt < killAt ? container.KillAt : killAt;
        ContainerProcess process = container.Process!;
        if (container.KillAt <= now)
        {
            if (!container.Killed)
            {
                ContainerSignals.Kill(process.RecordFile, process.Marker, _services.Sandbox.HasPidNamespace);
                container.Killed = true;
            }

            return null;
        }

        container.StopDelivered = container.StopDelivered || ContainerSignals.Terminate(process.RecordFile, process.Marker);
        return container.StopDelivered ? container.KillAt : Earliest(container.KillAt, now + SignalRetry);
    }

    private async Task StartAsync(IReadOnlyList<PodContainer> containers, CancellationToken cancellationToken)
    {
        bool started = false;
        foreach (PodContainer container in containers)
        {
            bool isRestart = container.Phase == ContainerPhase.Ended;
            try
            {
                int restart = container.Restarts + (isRestart ? 1 : 0);
                ContainerProcess process = await _starter.StartAsync(container, restart, cancellationToken);
                Became(container, process, restart);
                started = true;
            }
            catch (PodConfigException problem)
            {
                await WaitForAsync(container, problem, cancellationToken);

                // The order of init containers and sidecars holds: what comes later waits too.
                break;
            }
        }

        if (started)
        {
            SaveState();
            if (_services.Sandbox.Warning is { } warning)
            {
                await _events.WarnAsync("NotIsolated", warning, cancellationToken);
            }
        }
    }

    private void Became(PodContainer container, ContainerProcess process, int restart)
    {
        container.LastEnd = container.End;
        container.End = null;
        container.Restarts = restart;
        container.Process = process;
        container.Phase = ContainerPhase.Running;
        container.StartedAt = _services.Time.GetUtcNow();
        container.RetryAt = null;
        container.WaitingMessage = null;
        Observe(process);
    }

    private void Observe(ContainerProcess process) =>
        process.Ended.ContinueWith(static (_, worker) => ((PodWorker)worker!)._wake.Wake(), this, TaskScheduler.Default);

    private async Task WaitForAsync(PodContainer container, PodConfigException problem, CancellationToken cancellationToken)
    {
        foreach (PodContainer waiting in _containers.Where(c => c == container || c.Phase == ContainerPhase.Waiting))
        {
            waiting.RetryAt = _services.Time.GetUtcNow() + _services.Options.ConfigRetryPeriod;
        }

        container.WaitingReason = problem.Reason;
        container.WaitingMessage = problem.Message;
        string reason = problem.Reason == PodConfigException.Creating ? "FailedMount" : "Failed";
        await _events.WarnAsync(reason, problem.Reason == PodConfigException.Creating ? problem.Message : $"Error: {problem.Message}", cancellationToken);
    }

    private void SaveState() => PodStateFile.Write(
        _services.Paths.State(Uid),
        new PodState
        {
            BootId = ProcFiles.BootId,
            StartTime = _status.StartTime,
            Containers = [.. _containers.Where(c => c.Process is not null || c.End is not null).Select(PodStateFile.Of)],
        });

    private async Task WriteStatusAsync(bool over, DateTimeOffset now, CancellationToken cancellationToken)
    {
        JsonObject status = _status.Render(_verdict, over, now);
        if (_removed || JsonNode.DeepEquals(status, _written))
        {
            return;
        }

        try
        {
            var patch = new Patch(PatchType.Merge, new JsonObject { ["status"] = status.DeepClone() });
            await _services.Client.PatchAsync(CoreTypes.Pods, _pod.Metadata.Namespace, _pod.Metadata.Name, patch, "status", cancellationToken);
            _written = status;
            _isTerminal = (string?)status["phase"] is PodStatus.Succeeded or PodStatus.Failed;
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            _removed = true;
        }
    }

    private async Task FinishAsync(bool over, CancellationToken cancellationToken)
    {
        IsOver = over;
        if (over)
        {
            _over.TrySetResult();
        }

        if (over && !_removed && _pod.Metadata.DeletionTimestamp is not null)
        {
            var now = new DeleteOptions { GracePeriodSeconds = 0, Uid = Uid };
            await _services.Client.DeleteAsync(CoreTypes.Pods, _pod.Metadata.Namespace, _pod.Metadata.Name, now, cancellationToken);
        }
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Pod}: a step failed and is tried again")]
    private static partial void LogStepFailed(ILogger logger, string @namespace, string pod, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pod {Namespace}/{Pod}: container {Container} ended with {ExitCode} ({Reason})")]
    private static partial void LogContainerEnded(ILogger logger, string @namespace, string pod, string container, int exitCode, string reason);
}
