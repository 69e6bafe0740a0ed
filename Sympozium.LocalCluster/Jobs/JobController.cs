using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods.Scheduling;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>
/// Converges pods towards Jobs. Triggered by the watches of both, by time (deadlines, backoff, time to live) and by a slow resync;
/// idempotent because it works on a key only: it reads the Job and its pods, asks <see cref="JobPlanner"/> and writes the difference.
/// A Job that succeeds at once costs three writes: its pod, active, complete.
/// </summary>
internal sealed partial class JobController : BackgroundService
{
    private readonly IKubernetesClient _client;
    private readonly LocalJobOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<JobController> _logger;
    private readonly JobPlanner _planner;
    private readonly JobEvents _events;
    private readonly NodeFit _node;
    private readonly ReconcileQueue<(string Namespace, string Name)> _queue;
    private readonly ConcurrentDictionary<(string Namespace, string Name), JsonObject> _jobs = new();
    private readonly ConcurrentDictionary<string, JobPod> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JobLedger> _ledgers = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _podsKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JobController(
        IKubernetesClient client, EventRecorder events, NodeFit node, LocalJobOptions options, TimeProvider time, ILogger<JobController> logger)
    {
        _events = new JobEvents(events);
        _node = node;
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        _planner = new JobPlanner(options);
        _queue = new ReconcileQueue<(string Namespace, string Name)>(
            SyncAsync, new ReconcileQueueOptions { Concurrency = options.Workers, LongestPause = options.MaxErrorDelay }, time, logger);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        List<Task> loops =
        [
            new ResourceWatch(_client, CoreTypes.Pods, new ResourceWatchOptions { ResyncPeriod = _options.ResyncPeriod }, _time, _logger).RunAsync(PodsListed, PodChanged, stoppingToken),
            RunJobsAsync(stoppingToken),
            _queue.RunAsync(stoppingToken),
        ];
        await Task.WhenAll(loops);
    }

    private async Task RunJobsAsync(CancellationToken stoppingToken)
    {
        // A Job seen before its pods would get a second one.
        await _podsKnown.Task.WaitAsync(stoppingToken);
        await new ResourceWatch(_client, CoreTypes.Jobs, new ResourceWatchOptions { ResyncPeriod = _options.ResyncPeriod }, _time, _logger).RunAsync(JobsListed, JobChanged, stoppingToken);
    }

    private void PodsListed(IReadOnlyList<JsonObject> pods)
    {
        List<JobPod> read = [.. pods.Select(JobPod.Read).OfType<JobPod>()];
        var uids = read.Select(p => p.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (JobPod gone in _pods.Values.Where(p => !uids.Contains(p.Uid)))
        {
            Forget(gone);
        }

        read.ForEach(Keep);
        _podsKnown.TrySetResult();
    }

    private void PodChanged(WatchEvent change)
    {
        if (JobPod.Read(change.Resource) is { } pod)
        {
            if (change.Type == WatchEventType.Deleted)
            {
                Forget(pod);
            }
            else
            {
                Keep(pod);
            }
        }
    }

    private void Keep(JobPod pod)
    {
        _pods[pod.Uid] = pod;
        _queue.Add((pod.Namespace, pod.JobName));
    }

    private void Forget(JobPod pod)
    {
        _pods.TryRemove(pod.Uid, out _);
        _queue.Add((pod.Namespace, pod.JobName));
    }

    private void JobsListed(IReadOnlyList<JsonObject> jobs)
    {
        var keys = jobs.Select(Key).ToHashSet();
        foreach ((string Namespace, string Name) gone in _jobs.Keys.Where(k => !keys.Contains(k)))
        {
            _jobs.TryRemove(gone, out _);
        }

        foreach (JsonObject job in jobs)
        {
            _jobs[Key(job)] = job;
            _queue.Add(Key(job));
        }
    }

    private void JobChanged(WatchEvent change)
    {
        (string Namespace, string Name) key = Key(change.Resource);
        if (change.Type == WatchEventType.Deleted)
        {
            _jobs.TryRemove(key, out _);
            _ledgers.TryRemove((string?)change.Resource["metadata"]?["uid"] ?? "", out _);
        }
        else
        {
            // An event may be older than what our own write brought back.
            _jobs.AddOrUpdate(key, change.Resource, (_, known) => Version(known) > Version(change.Resource) ? known : change.Resource);
            _queue.Add(key);
        }
    }

    private static long Version(JsonObject job) => long.Parse((string?)job["metadata"]?["resourceVersion"] ?? "0", CultureInfo.InvariantCulture);

    private static (string Namespace, string Name) Key(JsonObject job) =>
        ((string?)job["metadata"]?["namespace"] ?? "", (string?)job["metadata"]?["name"] ?? "");

    private async Task SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (!_jobs.TryGetValue(key, out JsonObject? stored))
        {
            return;
        }

        JobManifest job;
        try
        {
            job = JobManifest.Parse(stored);
        }
        catch (JsonException unreadable)
        {
            LogUnreadable(_logger, key.Namespace, key.Name, unreadable);
            return;
        }

        DateTimeOffset now = _time.GetUtcNow();
        List<JobPod> pods = [.. _pods.Values.Where(p => p.JobUid == job.Metadata.Uid)];
        JobLedger ledger = _ledgers.GetOrAdd(job.Metadata.Uid, _ => new JobLedger(job, pods));
        ledger.Count(job, pods, now);
        JobDecision decision = _planner.Decide(job, pods, ledger, now);
        if (decision.Expired && decision.WakeAt <= now)
        {
            var foreground = new DeleteOptions { PropagationPolicy = "Foreground", Uid = job.Metadata.Uid };
            await _client.DeleteAsync(CoreTypes.Jobs, key.Namespace, key.Name, foreground, cancellationToken);
            return;
        }

        await DeleteAsync(stored, job, decision, ledger, now, cancellationToken);
        foreach (JobPodRequest request in decision.Create)
        {
            pods.Add(await CreateAsync(stored, job, request, cancellationToken));
        }

        bool isOurs = JobPlanner.Ended(job.Status) is null && !job.Spec.IsManagedElsewhere;
        DateTimeOffset? ready = isOurs ? await WriteAsync(job, pods, ledger, decision, now, cancellationToken) : null;
        if ((ready ?? decision.WakeAt) is not null)
        {
            _queue.Add(key, (ready < decision.WakeAt ? ready.Value : decision.WakeAt ?? ready!.Value) - now);
        }
    }

    private async Task<JobPod> CreateAsync(JsonObject stored, JobManifest job, JobPodRequest request, CancellationToken cancellationToken)
    {
        bool fits = _node.IsCertain(job.Spec.Template["spec"] as JsonObject ?? []);
        try
        {
            JsonObject created = await _client.CreateAsync(CoreTypes.Pods, JobPodFactory.Create(job, request, fits ? _node.Name : null), cancellationToken);
            JobPod pod = JobPod.Read(created)!;

            // The next look must count it even if the watch is late.
            _pods.TryAdd(pod.Uid, pod);
            _events.Created(stored, pod, created, fits ? _node.Name : null);
            return pod;
        }
        catch (KubernetesException refused) when (refused.Code is not System.Net.HttpStatusCode.Conflict)
        {
            _events.CreationFailed(stored, refused.Message);
            throw;
        }
    }

    private async Task DeleteAsync(
        JsonObject stored, JobManifest job, JobDecision decision, JobLedger ledger, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (JobPod pod in decision.Delete)
        {
            if (job.Spec.Suspend)
            {
                ledger.Dismiss(pod.Uid);
            }

            if (await _client.DeleteAsync(CoreTypes.Pods, pod.Namespace, pod.Name, DeleteOptions.Background with { Uid = pod.Uid }, cancellationToken))
            {
                _events.Deleted(stored, pod);
            }
        }

        if (decision.Failing)
        {
            ledger.FailRest(decision.Delete, now);
        }
    }

    /// <summary>Writes the status when it changed; returns when to come again for a change that can wait.</summary>
    private async Task<DateTimeOffset?> WriteAsync(
        JobManifest job, List<JobPod> pods, JobLedger ledger, JobDecision decision, DateTimeOffset now, CancellationToken cancellationToken)
    {
        JsonObject? patch = JobStatusPatch.Render(job, pods, ledger, decision, now, out bool onlyReady);
        if (patch is null)
        {
            ledger.ReadyDue = null;
            return null;
        }

        ledger.ReadyDue ??= now + _options.ReadyDelay;
        if (onlyReady && ledger.ReadyDue > now)
        {
            return ledger.ReadyDue;
        }

        ledger.ReadyDue = null;
        try
        {
            JsonObject written = await _client.PatchAsync(
                CoreTypes.Jobs, job.Metadata.Namespace, job.Metadata.Name, new Patch(PatchType.Merge, patch), "status", cancellationToken);

            // The next look must not repeat it even if the watch is late.
            _jobs.AddOrUpdate(Key(written), written, (_, known) => Version(known) > Version(written) ? known : written);
            _queue.Add(Key(written));
            _events.Became(written, decision.Conditions);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            _jobs.TryRemove((job.Metadata.Namespace, job.Metadata.Name), out _);
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Namespace}/{Job} cannot be read and is left alone; delete it and create it again")]
    private static partial void LogUnreadable(ILogger logger, string @namespace, string job, Exception exception);
}
