using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

internal sealed partial class PodWorker
{
    /// <summary>Finds the pod's processes of an earlier control plane again. Called once, before <see cref="RunAsync"/>.</summary>
    public void Adopt()
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        TakeEphemeral();
        if (_pod.Status?.Phase is PodStatus.Succeeded or PodStatus.Failed)
        {
            _isTerminal = true;
            return;
        }

        try
        {
            if (PodStateFile.Read(_services.Paths.State(Uid)) is { } state)
            {
                _status.StartTime = state.StartTime;
                _status.IsPrepared = state.Containers.Count > 0;
                state.Containers.ForEach(c => Adopt(state, c, now));
            }
            else if (_pod.Status?.Phase == PodStatus.Running)
            {
                LoseAll(now);
            }
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            // Which processes belonged to it is unknown, so none of them counts; the sweep that follows ends them.
            LogStateDamaged(_services.Logger, _services.Paths.State(Uid), damaged);
            LoseAll(now);
        }
    }

    /// <summary>The markers of this pod's containers that run.</summary>
    public IEnumerable<string> RunningMarkers =>
        Containers.Where(c => c.Phase == ContainerPhase.Running).Select(c => c.Process!.Marker);

    private void Adopt(PodState state, ContainerState recorded, DateTimeOffset now)
    {
        if (Containers.FirstOrDefault(c => c.Name == recorded.Name) is not { } container)
        {
            return;
        }

        container.Restarts = recorded.Restarts;
        container.LastEnd = recorded.LastEnd;
        container.StartedAt = recorded.StartedAt;
        container.Backoff = new RestartBackoff(recorded.BackoffWait, recorded.BackoffSince);
        if (!PodStateFile.IsAlive(state, recorded))
        {
            Lost(container, recorded, now);
            return;
        }

        string record = _services.Paths.Record(Uid, container.Name, recorded.Restarts);
        string marker = _services.Paths.Marker(Uid, container.Name, recorded.Restarts);
        container.Process = new ContainerProcess(recorded.Pid, recorded.StartTicks, record, marker, _services.Processes.WaitAsync(recorded.Pid));
        container.Phase = ContainerPhase.Running;
        container.HasStarted = recorded.HasStarted;
        container.ReadinessOk = recorded.ReadinessOk;
        container.Process.Ended.ContinueWith(static (_, worker) => ((PodWorker)worker!)._wake.Wake(), this, TaskScheduler.Default);
        _services.Logs.Add(_services.Paths.Log(Uid, container.Name, container.Restarts));
        Attend(container, container.Process, isNew: false);
    }

    private void LoseAll(DateTimeOffset now)
    {
        foreach (PodContainer container in _containers.Where(c => c.Role != ContainerRole.Sidecar))
        {
            Lost(container, new ContainerState { StartedAt = now }, now);
        }
    }

    private void Lost(PodContainer container, ContainerState recorded, DateTimeOffset now)
    {
        container.End = new ContainerEnding(_services, Uid, container).OfLost(recorded, now);
        container.Phase = ContainerPhase.Ended;
        PlanRestart(container);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is damaged: the pod's processes are ended and count as lost")]
    private static partial void LogStateDamaged(ILogger logger, string path, Exception exception);
}
