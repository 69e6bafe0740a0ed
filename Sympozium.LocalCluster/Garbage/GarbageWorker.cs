using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission.Quotas;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Disruptions;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>
/// Converges deletion (owner references, terminating namespaces and definitions), what every namespace has, and gathered roles. Triggered by every change of every object and
/// by a full look at the start and after a lost subscription. Each step reads the present state and is idempotent; what fails is
/// tried again after a pause. Operators see objects with a deletionTimestamp until their finalizers are gone.
/// </summary>
internal sealed partial class GarbageWorker : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private static readonly UserInfo Collector = new(
        "system:serviceaccount:kube-system:generic-garbage-collector", "system:serviceaccounts", "system:serviceaccounts:kube-system", UserInfo.Authenticated);

    private readonly ClusterStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<GarbageWorker> _logger;
    private readonly OwnerGraph _graph = new();
    private readonly ICollector[] _collectors;
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<ObjectKey> _queue = new();
    private readonly HashSet<ObjectKey> _queued = [];
    private readonly HashSet<ObjectKey> _failed = [];
    private Task _loop = Task.CompletedTask;

    public GarbageWorker(ClusterStore store, KindRegistry registry, ObjectVerbs verbs, IServiceAccountTokens tokens, Func<string> authority, TimeProvider time, ILogger<GarbageWorker> logger)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _collectors =
        [
            new OwnerCollector(_graph, registry, verbs),
            new NamespaceCollector(store, registry, verbs, authority),
            new TokenSecretCollector(store, registry, verbs, tokens, authority),
            new DefinitionCollector(store, registry, verbs),
            new ClaimCollector(store, registry, verbs),
            new RoleAggregator(store, registry, verbs),
            new VolumeCollector(registry, verbs),
            new QuotaCollector(store, registry, verbs),
            new DisruptionCollector(store, registry, verbs, time),
        ];
    }

    public static WriteOptions Options() => new() { User = Collector };

    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellationToken);
                return;
            }
            catch (StoreExpiredException)
            {
                LogStartingOver();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogStopped(exception);
                await Task.Delay(RetryPause, _time, CancellationToken.None);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using StoreSubscription changes = _store.Subscribe(null, null, out StoreSnapshot snapshot);
        Fill(snapshot);
        while (!changes.IsEnded)
        {
            while (changes.TryRead(out StoreEvent change))
            {
                Note(change);
            }

            if (_queue.TryDequeue(out ObjectKey key))
            {
                _queued.Remove(key);
                await CollectAsync(key, cancellationToken);
                continue;
            }

            await WaitAsync(changes, cancellationToken);
        }
    }

    private void Fill(StoreSnapshot snapshot)
    {
        _graph.Clear();
        foreach (StoredObject stored in snapshot.Resources.SelectMany(resource => snapshot.List(resource, null)))
        {
            _graph.Put(stored);
            Enqueue(stored.Key);
        }
    }

    private void Note(StoreEvent change)
    {
        // Asked before the graph changes: a deletion concerns those who were connected.
        foreach (ICollector collector in _collectors)
        {
            foreach (ObjectKey key in collector.Affected(change.Stored, change.IsDeletion))
            {
                Enqueue(key);
            }
        }

        if (change.IsDeletion)
        {
            _graph.Remove(change.Stored.Key);
        }
        else
        {
            _graph.Put(change.Stored);
        }
    }

    private void Enqueue(ObjectKey key)
    {
        if (_queued.Add(key))
        {
            _queue.Enqueue(key);
        }
    }

    private async Task CollectAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_graph.Find(key) is not { } stored)
        {
            return;
        }

        try
        {
            foreach (ICollector collector in _collectors)
            {
                await collector.CollectAsync(stored, cancellationToken);
            }
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // It changed or went meanwhile; that change brings it back here if there is something left to do.
            LogOutdated(key, exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, key);
            _failed.Add(key);
        }
    }

    private async Task WaitAsync(StoreSubscription changes, CancellationToken cancellationToken)
    {
        if (_failed.Count == 0)
        {
            await changes.WaitAsync(cancellationToken);
            return;
        }

        await Task.Delay(RetryPause, _time, cancellationToken);
        foreach (ObjectKey key in _failed)
        {
            Enqueue(key);
        }

        _failed.Clear();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost track of the changes; looking at everything again")]
    private partial void LogStartingOver();

    [LoggerMessage(Level = LogLevel.Error, Message = "Garbage collection failed; looking at everything again")]
    private partial void LogStopped(Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Key} changed meanwhile: {Reason}")]
    private partial void LogOutdated(ObjectKey key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Collecting {Key} failed; trying again")]
    private partial void LogFailed(Exception exception, ObjectKey key);
}
