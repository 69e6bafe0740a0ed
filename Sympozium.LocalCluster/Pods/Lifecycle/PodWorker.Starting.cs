using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

internal sealed partial class PodWorker
{
    private async Task StartAsync(IReadOnlyList<PodContainer> containers, CancellationToken cancellationToken)
    {
        bool started = false;
        bool prepared = false;
        foreach (PodContainer container in containers)
        {
            bool isRestart = container.Phase == ContainerPhase.Ended;
            try
            {
                int restart = container.Restarts + (isRestart ? 1 : 0);
                ContainerProcess process = await _starter.StartAsync(container, restart, cancellationToken);
                Became(container, process, restart);
                started = prepared = true;
            }
            catch (PodConfigException problem)
            {
                prepared = prepared || !problem.IsOfPod;
                Postpone(container, problem);
                if (container.Role is ContainerRole.Init or ContainerRole.Sidecar || problem.IsOfPod)
                {
                    // The order of init containers and sidecars holds: what comes later waits too.
                    break;
                }
            }
        }

        _status.IsPrepared = _status.IsPrepared || prepared;
        if (started)
        {
            SaveState();
            if (_services.Sandbox.Warning is { } warning)
            {
                WarnOnce("NotIsolated", warning);
            }

            if (_services.Groups.Missing is { } missing && containers.Any(c => !(ContainerLimits.Of(c.Spec, _services.Options) with { Processes = null }).IsNone))
            {
                string memory = _services.Groups.LimitsMemory ? "" : $" Memory is looked at every {_services.Options.MemoryCheckPeriod.TotalMilliseconds:0} ms instead, and a container above its limit is killed.";
                WarnOnce("LimitsNotEnforced", $"Limits of this pod are not enforced by the kernel, because {missing}.{memory}");
            }
        }
    }

    private void Became(PodContainer container, ContainerProcess process, int restart)
    {
        container.LastEnd = container.End ?? container.LastEnd;
        container.End = null;
        container.Restarts = restart;
        container.Process = process;
        container.Phase = ContainerPhase.Running;
        container.StartedAt = _services.Time.GetUtcNow();
        container.RetryAt = null;
        container.WaitingMessage = null;
        container.PullBackoff = default;
        container.Stop = null;
        container.KillAt = null;
        container.KillNotBefore = null;
        container.StopDelivered = false;
        container.Killed = false;
        container.IsOutOfMemory = false;
        _events.Pulled(container);
        _events.Created(container);
        if (process.StartProblem is { } problem)
        {
            _events.Warn("Failed", $"Error: {problem}", container);
        }
        else
        {
            _events.Normal("Started", "Container started", container);
        }

        Observe(container, process);
        if (restart > 1)
        {
            _services.Paths.RemoveLife(Uid, container.Name, restart - 2);
        }
    }

    private void Observe(PodContainer container, ContainerProcess process)
    {
        process.Ended.ContinueWith(static (_, worker) => ((PodWorker)worker!)._wake.Wake(), this, TaskScheduler.Default);
        _services.Logs.Add(_services.Paths.Log(Uid, container.Name, container.Restarts));
        Attend(container, process, isNew: true);
    }

    /// <summary>Plans the next try of a container that cannot be started as it is described.</summary>
    private void Postpone(PodContainer container, PodConfigException problem)
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        TimeSpan wait = _services.Options.ConfigRetryPeriod;
        container.WaitingReason = problem.Reason;
        container.WaitingMessage = problem.Reason == PodConfigException.Creating ? null : problem.Message;
        if (problem.IsPull)
        {
            wait = PostponePull(container, problem);
        }
        else if (problem.Reason == PodConfigException.Creating)
        {
            _events.Warn("FailedMount", problem.Message);
        }
        else
        {
            _events.Pulled(container);
            _events.Warn("Failed", $"Error: {problem.Message}", container);
        }

        foreach (PodContainer waiting in _containers.Where(c => c == container || (problem.IsOfPod && c.Phase == ContainerPhase.Waiting)))
        {
            waiting.RetryAt = now + wait;
        }
    }

    /// <summary>The first look at a missing image is an error, the next ones a growing wait.</summary>
    private TimeSpan PostponePull(PodContainer container, PodConfigException problem)
    {
        if (problem.Reason is not PodConfigException.ImagePull)
        {
            _events.Warn(problem.Reason, problem.Message, container);
            _events.Warn("Failed", $"Error: {problem.Reason}", container);
            return _services.Options.ConfigRetryPeriod;
        }

        string image = container.Spec.Image;
        if (container.PullBackoff == default)
        {
            _events.Normal("Pulling", $"Pulling image \"{image}\"", container);
            _events.Warn("Failed", $"Failed to pull image \"{image}\": {problem.Message}", container);
            _events.Warn("Failed", $"Error: {PodConfigException.ImagePull}", container);
            container.PullBackoff = _services.Options.RestartBackoff;
            return _services.Options.ConfigRetryPeriod;
        }

        container.WaitingReason = PodConfigException.ImagePullBackOff;
        container.WaitingMessage = $"Back-off pulling image \"{image}\": {PodConfigException.ImagePull}: {problem.Message}";
        _events.Normal("BackOff", $"Back-off pulling image \"{image}\"", container);
        _events.Warn("Failed", $"Error: {PodConfigException.ImagePullBackOff}", container);
        TimeSpan wait = container.PullBackoff;
        container.PullBackoff = wait * 2 < _services.Options.MaxRestartBackoff ? wait * 2 : _services.Options.MaxRestartBackoff;
        return wait;
    }

    private void WarnOnce(string reason, string message)
    {
        if (_warned.Add(reason))
        {
            _events.Warn(reason, message);
        }
    }

    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    private void SaveState() => PodStateFile.Write(
        _services.Paths.State(Uid),
        new PodState
        {
            BootId = ProcFiles.BootId,
            StartTime = _status.StartTime,
            Containers = [.. Containers.Where(c => c.Process is not null || c.End is not null).Select(PodStateFile.Of)],
        });
}
