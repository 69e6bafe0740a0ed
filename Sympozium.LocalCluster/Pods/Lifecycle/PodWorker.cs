using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>
/// Converges one pod: its processes towards its description, its status towards its processes. One loop per pod, woken by the
/// watch, by the end of a process, by hooks and probes, and by time; everything but <see cref="Update"/>, <see cref="Remove"/>,
/// <see cref="Shutdown"/> and <see cref="Report"/> happens in that loop, so nothing here needs a lock. Status is written once per pass and only
/// when it changed: a pod whose containers start at once costs two writes, Running and its end.
/// </summary>
internal sealed partial class PodWorker : IDisposable
{
    /// <summary>The part of a token's lifetime after which it is replaced, as with the kubelet.</summary>
    private const double RotateAtPart = 0.8;

    private readonly PodServices _services;
    private readonly string _address;
    private readonly ContainerStarter _starter;
    private readonly PodEvents _events;
    private readonly ContainerStatuses _containerStatuses;
    private readonly PodStatus _status;
    private readonly WakeSignal _wake;
    private readonly List<PodContainer> _containers;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile PodManifest _pod;
    private volatile bool _removed;
    private volatile bool _shutdown;
    private volatile bool _refresh;
    private volatile PodVerdict? _eviction;
    private PodVerdict? _verdict;
    private DateTimeOffset? _endBy;
    private DateTimeOffset? _rotateAt;

    /// <summary>When the pod's deletion was first seen here; null for one that had nothing to end.</summary>
    private DateTimeOffset? _deletionSeen;
    private JsonObject? _written;

    /// <summary>The stored phase is Succeeded or Failed: only the object's end is awaited.</summary>
    private bool _isTerminal;

    public PodWorker(PodServices services, PodManifest pod)
    {
        _services = services;
        _pod = pod;
        _address = services.Network.AddressOf(pod, pod.Status?.PodIP);
        _starter = new ContainerStarter(services, pod, _address);
        _events = new PodEvents(services, pod);
        _wake = new WakeSignal(services.Time);
        string policy = pod.Spec.RestartPolicy;
        _containers =
        [
            .. pod.Spec.InitContainers.Select(c => new PodContainer(c, c.RestartPolicy == PodLifecycle.Always ? ContainerRole.Sidecar : ContainerRole.Init, policy)),
            .. pod.Spec.Containers.Select(c => new PodContainer(c, ContainerRole.Main, policy)),
        ];
        _containerStatuses = new ContainerStatuses(pod, _containers, services.Sandbox);
        _status = new PodStatus(_containers, _containerStatuses) { Address = _address, StartTime = pod.Status?.StartTime ?? services.Time.GetUtcNow() };
    }

    public string Uid => _pod.Metadata.Uid;

    /// <summary>The pod as it was last seen.</summary>
    public PodManifest Pod => _pod;

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
        // Labels and annotations may be shown in volumes.
        _refresh = _refresh || !Same(pod.Metadata.Labels, _pod.Metadata.Labels) || !Same(pod.Metadata.Annotations, _pod.Metadata.Annotations);
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

    /// <summary>Something that volumes show may have changed.</summary>
    public void RefreshVolumes()
    {
        _refresh = true;
        _wake.Wake();
    }

    /// <summary>The pod took more than it may.</summary>
    public void Evict(PodVerdict verdict)
    {
        _eviction = verdict;
        _wake.Wake();
    }

    public void Dispose()
    {
        foreach (PodContainer container in Containers)
        {
            container.Attendant?.Dispose();
            container.Process?.Input?.Dispose();
        }

        _wake.Dispose();
    }

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
                    _services.Network.Release(Uid);

                    // Once more for groups that were still in use when their container ended.
                    foreach (PodContainer container in Containers)
                    {
                        _services.Groups.Remove(_services.Paths.Marker(Uid, container.Name, container.Restarts));
                    }

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
                return await FinishAsync(over: true, cancellationToken);
            }

            TakeEphemeral();
            ObserveEnds(now);
            ObserveReports(now);
            await RefreshAsync(now, cancellationToken);
            bool stopping = ObserveEnding(now);
            PodDecision decision = PodLifecycle.Decide(_containers, stopping, now);
            bool ends = stopping || decision.Over;
            IReadOnlyList<PodContainer> start = [.. decision.Start, .. EphemeralToStart(now, ends)];
            if (start.Count > 0)
            {
                await StartAsync(start, cancellationToken);
                continue;
            }

            DateTimeOffset? settledAt = _containers.Where(c => c.Phase == ContainerPhase.Running).Min(c => c.SettledAt);
            DateTimeOffset? wakeAt = Earliest(Earliest(Earliest(Earliest(decision.WakeAt, EphemeralWakeAt()), settledAt), _rotateAt), Deadline(stopping));
            List<PodContainer> debugging = EphemeralRunning();
            foreach (PodContainer container in decision.Stop.Concat(ends ? debugging : []))
            {
                wakeAt = Earliest(wakeAt, Stop(container, now));
            }

            bool over = decision.Over && debugging.Count == 0;
            await WriteStatusAsync(over, now, cancellationToken);
            wakeAt = Earliest(wakeAt, await FinishAsync(over, cancellationToken));
            return Containers.Any(HasEnded) ? _services.Time.GetUtcNow() : wakeAt;
        }
    }

    /// <summary>Shows in volumes what has changed, and gives tokens out anew before they expire.</summary>
    private async Task RefreshAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!_status.IsPrepared || IsOver)
        {
            _rotateAt = null;
            return;
        }

        _rotateAt ??= _pod.ShortestToken is { } lifetime ? now + lifetime * RotateAtPart : null;
        bool rotates = _rotateAt <= now;
        if (!_refresh && !rotates)
        {
            return;
        }

        _refresh = false;
        _rotateAt = null;
        try
        {
            await _starter.RefreshAsync(_pod, cancellationToken);
        }
        catch (PodConfigException missing)
        {
            _events.Warn("FailedMount", missing.Message);
        }
    }

    private static bool Same(Dictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count && one.All(e => other.TryGetValue(e.Key, out string? value) && value == e.Value);

    private async Task WriteStatusAsync(bool over, DateTimeOffset now, CancellationToken cancellationToken)
    {
        JsonObject status = _status.Render(_pod, _verdict, over, now);
        if (_ephemeral.Count > 0)
        {
            status["ephemeralContainerStatuses"] = _containerStatuses.RenderEphemeral(_ephemeral);
        }

        if (_removed || JsonNode.DeepEquals(status, _written))
        {
            return;
        }

        JsonObject change = status.DeepClone().AsObject();

        // Conditions of others stay; the scheduler's goes where the kubelet has it.
        change["$setElementOrder/conditions"] = new JsonArray([.. ((JsonArray)change["conditions"]!).Select(c => new JsonObject { ["type"] = (string?)c!["type"] })]);
        try
        {
            var patch = new Patch(PatchType.Strategic, new JsonObject { ["status"] = change });
            await _services.Client.PatchAsync(CoreTypes.Pods, _pod.Metadata.Namespace, _pod.Metadata.Name, patch, "status", cancellationToken);
            _written = status;
            _isTerminal = (string?)status["phase"] is PodStatus.Succeeded or PodStatus.Failed;
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            _removed = true;
        }
    }

    /// <summary>Removes the object of a deleted pod of which nothing runs any more; returns when to try again.</summary>
    private async Task<DateTimeOffset?> FinishAsync(bool over, CancellationToken cancellationToken)
    {
        IsOver = over;
        if (over)
        {
            _over.TrySetResult();
        }

        if (over && !_removed && _pod.Metadata.DeletionTimestamp is not null)
        {
            DateTimeOffset due = _deletionSeen + _services.Options.MinTerminatingTime ?? DateTimeOffset.MinValue;
            if (due > _services.Time.GetUtcNow())
            {
                return due;
            }

            var now = new DeleteOptions { GracePeriodSeconds = 0, Uid = Uid };
            await _services.Client.DeleteAsync(CoreTypes.Pods, _pod.Metadata.Namespace, _pod.Metadata.Name, now, cancellationToken);
        }

        return null;
    }

    private static bool HasEnded(PodContainer container) => container is { Phase: ContainerPhase.Running, Process.Ended.IsCompleted: true };

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null || one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Pod}: a step failed and is tried again")]
    private static partial void LogStepFailed(ILogger logger, string @namespace, string pod, Exception exception);
}
