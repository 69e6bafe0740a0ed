using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Network;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;
using Sympozium.LocalCluster.Pods.Scheduling;

namespace Sympozium.LocalCluster.Pods;

/// <summary>
/// The node agent of the local cluster. Converges processes towards the stored pods; triggered by the watch on pods; idempotent
/// because each pod has one worker, which finds its processes again by what they recorded. On a start it first adopts what runs,
/// then ends every process and directory of pods that are not stored any more, and only then starts anything.
/// </summary>
internal sealed partial class PodRunner : BackgroundService
{
    private readonly IKubernetesClient _client;
    private readonly IServiceAccountTokens _tokens;
    private readonly EventRecorder _events;
    private readonly PodScheduler _scheduler;
    private readonly LocalPodOptions _options;
    private readonly TimeProvider _time;
    private readonly PodIsolation _isolation;
    private readonly PodNetwork _network;
    private readonly ILogger<PodRunner> _logger;
    private readonly ProcessWatcher _processes = new();
    private readonly ConcurrentDictionary<string, PodWork> _work = new(StringComparer.Ordinal);
    private PodServices? _services;
    private ContainerExec? _exec;
    private bool _swept;

    public PodRunner(
        IKubernetesClient client, IServiceAccountTokens tokens, EventRecorder events, PodScheduler scheduler, LocalPodOptions options, TimeProvider time,
        PodIsolation isolation, PodNetwork network, ILogger<PodRunner> logger)
    {
        _client = client;
        _tokens = tokens;
        _events = events;
        _scheduler = scheduler;
        _options = options;
        _time = time;
        _isolation = isolation;
        _network = network;
        _logger = logger;
        Paths = new PodPaths(options);
        Logs = new LogWatcher(logger);
        Groups = ControlGroups.Open(options, Paths.Owner, logger);
    }

    /// <summary>Runs commands in containers; there once anything runs.</summary>
    public ContainerExec Exec => _exec ?? throw new InvalidOperationException("Local pods are not started yet.");

    /// <summary>What containers may use, where the kernel sees to it.</summary>
    public ControlGroups Groups { get; }

    /// <summary>The running containers whose memory the kernel does not limit although they have a limit.</summary>
    public IEnumerable<PodContainer> MemoryLimited() => Groups.LimitsMemory
        ? []
        : from work in _work.Values
          from container in work.Worker.Containers
          where container.Phase == ContainerPhase.Running && ContainerLimits.Of(container.Spec, _options).MemoryBytes is not null
          select container;

    /// <summary>The emptyDir volumes of running pods that may not grow for ever.</summary>
    public IEnumerable<(PodWorker Worker, VolumeSpec Volume)> LimitedVolumes() =>
        from work in _work.Values
        where !work.Worker.IsOver
        from volume in work.Worker.Pod.Spec.Volumes
        where volume.EmptyDir?.SizeLimit is not null
        select (work.Worker, volume);

    /// <summary>A ConfigMap or Secret changed: pods that show it are to show it as it is now.</summary>
    public void Refresh(string ns, bool isSecret, string name)
    {
        foreach (PodWork work in _work.Values.Where(w => w.Worker.Pod.Metadata.Namespace == ns && w.Worker.Pod.Mounts(isSecret, name)))
        {
            work.Worker.RefreshVolumes();
        }
    }

    /// <summary>Any of them may have changed.</summary>
    public void RefreshAll()
    {
        foreach (PodWork work in _work.Values)
        {
            work.Worker.RefreshVolumes();
        }
    }

    /// <summary>Notes when logs grow.</summary>
    public LogWatcher Logs { get; }

    public PodPaths Paths { get; }

    /// <summary>The worker of a pod; null when there is none.</summary>
    public PodWorker? Find(string uid) => _work.GetValueOrDefault(uid)?.Worker;

    /// <summary>The files of containers that run, for the keeper of their size.</summary>
    public IEnumerable<string> RunningLogs() =>
        from work in _work.Values
        from container in work.Worker.Containers
        where container.Phase == ContainerPhase.Running
        select Paths.Log(work.Worker.Uid, container.Name, container.Restarts);

    /// <summary>Ends all pods with a reason, waits for that as long as the options say, then stops.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (PodWork work in _work.Values)
        {
            work.Worker.Shutdown();
        }

        DateTimeOffset patience = _time.GetUtcNow() + _options.ShutdownGrace + _options.ShutdownGrace;
        await Task.WhenAll(_work.Values.Select(w => w.Worker.WhenOverAsync(patience, cancellationToken)));
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_work.Values.Select(w => w.Task));
    }

    public override void Dispose()
    {
        base.Dispose();
        _processes.Dispose();
        Logs.Dispose();
        Groups.Close();
        foreach (PodWork work in _work.Values)
        {
            work.Worker.Dispose();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        ISandbox sandbox = await new SandboxProbe(_options, Paths, _processes, _logger).ChooseAsync();
        _isolation.Set(sandbox.Warning);
        _exec = new ContainerExec(sandbox, _processes, Groups, _time);
        _services = new PodServices(_options, Paths, _client, _tokens, _events, _time, _processes, sandbox, _exec, Logs, Groups, _network, _logger);
        await new ResourceWatch(_client, CoreTypes.Pods, new ResourceWatchOptions(), _time, _logger).RunAsync(
            pods => Listed(pods, stoppingToken), change => Changed(change, stoppingToken), stoppingToken);
    }

    private void Listed(IReadOnlyList<JsonObject> pods, CancellationToken stoppingToken)
    {
        foreach (JsonObject pod in pods)
        {
            _scheduler.Offer(pod);
        }

        List<PodManifest> manifests = [.. pods.Select(Read).OfType<PodManifest>().Where(IsHere)];
        var stored = pods.Select(p => (string?)p["metadata"]?["uid"] ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (PodWork gone in _work.Values.Where(w => !stored.Contains(w.Worker.Uid)))
        {
            gone.Worker.Remove();
        }

        if (_swept)
        {
            manifests.ForEach(p => Update(p, stoppingToken));
            return;
        }

        List<PodWorker> workers = [.. manifests.Select(Adopt)];
        var adopted = workers.SelectMany(w => w.RunningMarkers).ToHashSet(StringComparer.Ordinal);
        new OrphanSweep(Paths, _logger).Run(stored, adopted);
        Groups.Sweep(adopted);
        _swept = true;
        workers.ForEach(w => Run(w, stoppingToken));
    }

    private void Changed(WatchEvent change, CancellationToken stoppingToken)
    {
        if (Read(change.Resource) is not { } pod)
        {
            return;
        }

        if (change.Type == WatchEventType.Deleted)
        {
            _work.GetValueOrDefault(pod.Metadata.Uid)?.Worker.Remove();
            _scheduler.Reconsider();
        }
        else if (IsHere(pod))
        {
            Update(pod, stoppingToken);
        }
        else
        {
            _scheduler.Offer(change.Resource);
        }
    }

    /// <summary>Whether a pod is bound to this node.</summary>
    private bool IsHere(PodManifest pod) => pod.Spec.NodeName == _options.NodeName;

    /// <summary>One pod that cannot be read must not keep the others waiting.</summary>
    private PodManifest? Read(JsonObject pod)
    {
        try
        {
            return PodManifest.Parse(pod);
        }
        catch (JsonException unreadable)
        {
            LogUnreadable(_logger, (string?)pod["metadata"]?["namespace"], (string?)pod["metadata"]?["name"], unreadable);
            return null;
        }
    }

    private void Update(PodManifest pod, CancellationToken stoppingToken)
    {
        if (_work.TryGetValue(pod.Metadata.Uid, out PodWork? work))
        {
            work.Worker.Update(pod);
        }
        else
        {
#pragma warning disable CA2000 // The worker disposes itself of when its pod is gone; the rest goes with this runner.
            Run(Adopt(pod), stoppingToken);
#pragma warning restore CA2000
        }
    }

    private PodWorker Adopt(PodManifest pod)
    {
        var worker = new PodWorker(_services!, pod);
        worker.Adopt();
        return worker;
    }

    private void Run(PodWorker worker, CancellationToken stoppingToken)
    {
        // Known before it runs: its end removes it again.
        var work = new PodWork(worker);
        _work[worker.Uid] = work;
        work.Task = Task.Run(() => RunAsync(worker, stoppingToken), CancellationToken.None);
    }

    private async Task RunAsync(PodWorker worker, CancellationToken stoppingToken)
    {
        try
        {
            await worker.RunAsync(stoppingToken);
            _work.TryRemove(worker.Uid, out _);
            worker.Dispose();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The control plane stops; the pod's files say where to go on.
        }
        catch (Exception failed)
        {
            LogWorkerFailed(_logger, worker.Uid, failed);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Pod {Namespace}/{Pod} cannot be read and is left alone; delete it and create it again")]
    private static partial void LogUnreadable(ILogger logger, string? @namespace, string? pod, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker of pod {Uid} stopped; the pod is not looked after until the control plane is started again")]
    private static partial void LogWorkerFailed(ILogger logger, string uid, Exception exception);

    private sealed class PodWork(PodWorker worker)
    {
        public PodWorker Worker { get; } = worker;

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
