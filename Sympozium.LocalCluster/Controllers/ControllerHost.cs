using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;
using Sympozium.LocalCluster.Claims;
using Sympozium.LocalCluster.Deployments;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Nodes;
using Sympozium.LocalCluster.Pods;
using Sympozium.LocalCluster.Pods.Scheduling;
using Sympozium.LocalCluster.ReplicaSets;
using Sympozium.LocalCluster.ServiceRouting;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>
/// Runs the controllers of workloads and services on shared caches, so that each kind is watched once. Nothing is decided before
/// everything that was there at the start is known: a pod that is not seen yet would be made twice.
/// </summary>
internal sealed class ControllerHost : BackgroundService
{
    /// <summary>Who owns the fields that the controllers write; the name that Kubernetes' own have.</summary>
    public const string FieldManager = "kube-controller-manager";

    private readonly ObjectCache<DeploymentFacts> _deployments;
    private readonly ObjectCache<ReplicaSetFacts> _sets;
    private readonly ObjectCache<PodFacts> _pods;
    private readonly ObjectCache<ServiceFacts> _services;
    private readonly ObjectCache<SliceFacts> _slices;
    private readonly ObjectCache<ClaimFacts> _claims;
    private readonly ObjectCache<VolumeFacts> _volumes;
    private readonly ObjectCache<NodeFacts> _nodes;
    private readonly NodeFit _node;
    private readonly PodScheduler _scheduler;
    private readonly ClaimBinder _binder;
    private readonly CordonController _cordon;
    private readonly ControllerQueue _bindingQueue;
    private readonly ControllerQueue _nodeQueue;
    private readonly DeploymentController _deploymentController;
    private readonly ReplicaSetController _setController;
    private readonly EndpointController _endpointController;
    private readonly ServiceDirectory _directory;
    private readonly ControllerQueue _deploymentQueue;
    private readonly ControllerQueue _setQueue;
    private readonly ControllerQueue _endpointQueue;

    public ControllerHost(
        IKubernetesClient client, EventRecorder recorder, ControllerOptions options, LocalPodOptions pods, ServiceDirectory directory, NodeFit node, PodScheduler scheduler,
        TimeProvider time, ILogger<ControllerHost> logger)
    {
        _node = node;
        _scheduler = scheduler;
        WorkloadEvents events = new(recorder);
        _directory = directory;
        ResourceWatchOptions watch = new() { ResyncPeriod = options.ResyncPeriod };
        _deployments = new ObjectCache<DeploymentFacts>(client, CoreTypes.Deployments, deployment => new DeploymentFacts(deployment), watch, time, logger);
        _sets = new ObjectCache<ReplicaSetFacts>(client, CoreTypes.ReplicaSets, set => new ReplicaSetFacts(set), watch, time, logger);
        _pods = new ObjectCache<PodFacts>(client, CoreTypes.Pods, pod => new PodFacts(pod), watch, time, logger);
        _services = new ObjectCache<ServiceFacts>(client, CoreTypes.Services, service => new ServiceFacts(service), watch, time, logger);
        _slices = new ObjectCache<SliceFacts>(client, CoreTypes.EndpointSlices, slice => new SliceFacts(slice), watch, time, logger);
        _deploymentController = new DeploymentController(client, _deployments, _sets, _pods, events, time);
        _setController = new ReplicaSetController(client, _sets, _pods, events, time);
        _deploymentQueue = new ControllerQueue(_deploymentController.SyncAsync, options, time, logger);
        _endpointController = new EndpointController(client, _services, _slices, _pods);
        _endpointQueue = new ControllerQueue(_endpointController.SyncAsync, options, time, logger);
        _setQueue = new ControllerQueue(_setController.SyncAsync, options, time, logger);
        _claims = new ObjectCache<ClaimFacts>(client, CoreTypes.PersistentVolumeClaims, claim => new ClaimFacts(claim), watch, time, logger);
        _volumes = new ObjectCache<VolumeFacts>(client, CoreTypes.PersistentVolumes, volume => new VolumeFacts(volume), watch, time, logger);
        _binder = new ClaimBinder(client, _claims, _volumes, recorder, new PodPaths(pods), time);
        _bindingQueue = new ControllerQueue(_binder.SyncAsync, new ControllerOptions { Workers = 1, MaxErrorDelay = options.MaxErrorDelay }, time, logger);
        _nodes = new ObjectCache<NodeFacts>(client, CoreTypes.Nodes, found => new NodeFacts(found), watch, time, logger);
        _cordon = new CordonController(client, _nodes);
        _nodeQueue = new ControllerQueue(_cordon.SyncAsync, options, time, logger);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Task.WhenAll(
            _pods.RunAsync(PodChanged, stoppingToken), _sets.RunAsync(SetChanged, stoppingToken), _deployments.RunAsync(DeploymentChanged, stoppingToken),
            _services.RunAsync(ServiceChanged, stoppingToken), _slices.RunAsync(SliceChanged, stoppingToken),
            _claims.RunAsync(ClaimChanged, stoppingToken), _volumes.RunAsync(VolumeChanged, stoppingToken), _nodes.RunAsync(NodeChanged, stoppingToken),
            _nodeQueue.RunAsync(stoppingToken), BindAsync(stoppingToken), WorkAsync(stoppingToken));
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(_pods.WhenListed, _sets.WhenListed, _deployments.WhenListed, _services.WhenListed, _slices.WhenListed).WaitAsync(stoppingToken);
        foreach (ServiceFacts service in _services.ListAll())
        {
            Route(service.Key);
        }

        _directory.Fill();
        await Task.WhenAll(_deploymentQueue.RunAsync(stoppingToken), _setQueue.RunAsync(stoppingToken), _endpointQueue.RunAsync(stoppingToken));
    }

    private async Task BindAsync(CancellationToken stoppingToken)
    {
        // A volume whose claim is not seen yet would be given back.
        await Task.WhenAll(_claims.WhenListed, _volumes.WhenListed).WaitAsync(stoppingToken);
        await _bindingQueue.RunAsync(stoppingToken);
    }

    private void ClaimChanged(ClaimFacts? before, ClaimFacts? now)
    {
        _bindingQueue.Add(ClaimBinder.Affected(before, now));
        _scheduler.Reconsider();
    }

    private void VolumeChanged(VolumeFacts? before, VolumeFacts? now)
    {
        _bindingQueue.Add(_binder.Affected(before, now));
        _scheduler.Reconsider();
    }

    private void NodeChanged(NodeFacts? before, NodeFacts? now)
    {
        NodeFacts node = (now ?? before)!;
        if (node.Name == _node.Name)
        {
            _node.Observe(now);
            _scheduler.Reconsider();
        }

        _nodeQueue.Add([node.Key]);
    }

    private void PodChanged(PodFacts? before, PodFacts? now)
    {
        _setQueue.Add(_setController.Affected(before, now));
        _deploymentQueue.Add(_deploymentController.Affected(before, now));
        _endpointQueue.Add(_endpointController.Affected(before, now));
    }

    private void ServiceChanged(ServiceFacts? before, ServiceFacts? now)
    {
        _endpointQueue.Add([(now ?? before)!.Key]);
        Route((now ?? before)!.Key);
    }

    private void SliceChanged(SliceFacts? before, SliceFacts? now)
    {
        SliceFacts slice = (now ?? before)!;
        if (slice.Service.Length > 0)
        {
            _endpointQueue.Add([(slice.Namespace, slice.Service)]);
            Route((slice.Namespace, slice.Service));
        }
    }

    /// <summary>Tells the directory how a Service is reached now.</summary>
    private void Route((string Namespace, string Name) key) => _directory.Set(
        key, _services.Find(key.Namespace, key.Name) is { } service ? ServiceRoute.Of(service, _slices.List(key.Namespace)) : null);

    private void SetChanged(ReplicaSetFacts? before, ReplicaSetFacts? now)
    {
        _setQueue.Add([(now ?? before)!.Key]);
        _deploymentQueue.Add(_deploymentController.Affected(before, now));
    }

    private void DeploymentChanged(DeploymentFacts? before, DeploymentFacts? now) => _deploymentQueue.Add([(now ?? before)!.Key]);
}

/// <summary>The keys of one controller.</summary>
internal sealed class ControllerQueue
{
    private readonly ReconcileQueue<(string Namespace, string Name)> _queue;

    public ControllerQueue(
        Func<(string Namespace, string Name), CancellationToken, Task<TimeSpan?>> sync, ControllerOptions options, TimeProvider time, ILogger logger) =>
        _queue = new ReconcileQueue<(string Namespace, string Name)>(
            async (key, cancellationToken) =>
            {
                if (await sync(key, cancellationToken) is { } wait)
                {
                    _queue!.Add(key, wait);
                }
            },
            new ReconcileQueueOptions { Concurrency = options.Workers, LongestPause = options.MaxErrorDelay }, time, logger);

    public void Add(IEnumerable<(string Namespace, string Name)> keys)
    {
        foreach ((string Namespace, string Name) key in keys)
        {
            _queue.Add(key);
        }
    }

    public Task RunAsync(CancellationToken cancellationToken) => _queue.RunAsync(cancellationToken);
}
