using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Instances;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Skills;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;

namespace Sympozium.Silo.Forwarding;

/// <summary>
/// Turns resource events into grain calls: one watch per kind, one call per key and change. It passes on only the key; the
/// grain reads the present state. Losing an event is harmless since every watch lists again at each resync. Of several silos each
/// watches everything and calls the grains of its share (<see cref="ForwardingQueue"/>).
/// </summary>
internal sealed class WatchForwarder : BackgroundService
{
    private const string RunParts = SympoziumNames.ComponentLabel + "=agent-run";

    private readonly IGrainFactory _grains;
    private readonly ForwarderOptions _options;
    private readonly LiveRuns _runs = new();
    private readonly ForwardingQueue _queue;
    private readonly ForwarderInstruments _instruments;
    private readonly (WatchedKind Kind, ResourceWatch Watch)[] _watches;

    /// <summary>Instances by namespace that exist, to tell them when a secret, policy or skill pack changes.</summary>
    private readonly NamespaceIndex _instances = new();

    /// <summary>Policies by namespace that exist, to count anew when an instance changes.</summary>
    private readonly NamespaceIndex _policies = new();

    public WatchForwarder(
        IKubernetesClient kubernetes, IGrainFactory grains, IForwardingShare share, IOptions<ForwarderOptions> options, TimeProvider time, ILogger<WatchForwarder> logger)
    {
        _grains = grains;
        _options = options.Value;
        _queue = new ForwardingQueue(CallAsync, share, _runs, _options.BackupDelay, time, logger);
        _instruments = new ForwarderInstruments(() => _queue.Count, _runs);
        _watches = [.. Kinds().Select(kind => (kind, new ResourceWatch(kubernetes, kind.Type, Watching(kind), time, logger)))];
    }

    /// <summary>Whether every watch works.</summary>
    public bool IsHealthy => _watches.All(pair => pair.Watch.IsHealthy);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_watches.Select(pair => RunAsync(pair.Kind, pair.Watch, stoppingToken)).Append(_queue.RunAsync(stoppingToken)));

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _queue.Dispose();
        _instruments.Dispose();
    }

    private Task RunAsync(WatchedKind kind, ResourceWatch watch, CancellationToken cancellationToken) => watch.RunAsync(
        resources =>
        {
            foreach (JsonObject resource in resources)
            {
                kind.Forward(resource);
            }
        },
        change =>
        {
            kind.Forward(change.Resource);
            if (change.Type == WatchEventType.Deleted && kind.Type == SympoziumTypes.AgentRuns)
            {
                _runs.Forget(Key(change.Resource));
            }
        },
        cancellationToken);

    private ResourceWatchOptions Watching(WatchedKind kind) =>
        new() { LabelSelector = kind.LabelSelector, MetadataOnly = kind.Type != SympoziumTypes.AgentRuns, ResyncPeriod = _options.ResyncPeriod };

    private IEnumerable<WatchedKind> Kinds() =>
    [
        new(SympoziumTypes.AgentRuns, null, ForwardRun),
        new(CoreTypes.Jobs, RunParts, ForwardPart),
        new(CoreTypes.Pods, RunParts, ForwardPart),
        new(SympoziumTypes.Instances, null, ForwardInstance),
        new(SympoziumTypes.Agents, null, ForwardInstance),
        new(SympoziumTypes.SkillPacks, null, ForwardSkillPack),
        new(SympoziumTypes.Policies, null, ForwardPolicy),
        new(SympoziumTypes.Configs, null, _ => ForwardTo(_instances.All)),
        new(CoreTypes.Namespaces, null, space => ForwardTo(_instances.In((string)space["metadata"]!["name"]!))),
        new(CoreTypes.Secrets, "!" + SympoziumNames.RunLabel, ForwardToInstances),
    ];

    private Task CallAsync(GrainTarget target, CancellationToken cancellationToken) =>
        _instruments.RecordsCalls ? _instruments.RecordAsync(target.Kind, CallGrainAsync(target, cancellationToken), TimeProvider.System.GetTimestamp()) : CallGrainAsync(target, cancellationToken);

    private Task CallGrainAsync(GrainTarget target, CancellationToken cancellationToken)
    {
        string key = target.Key.ToString();
        return target.Kind switch
        {
            TargetKind.Run => _grains.GetGrain<IRunGrain>(key).ReconcileAsync(cancellationToken),
            TargetKind.Instance => _grains.GetGrain<IInstanceGrain>(key).ReconcileAsync(cancellationToken),
            TargetKind.Policy => _grains.GetGrain<IPolicyGrain>(key).ReconcileAsync(cancellationToken),
            TargetKind.SkillPack => _grains.GetGrain<ISkillPackGrain>(key).ReconcileAsync(cancellationToken),
            _ => throw new InvalidOperationException($"No grain for {target.Kind}."),
        };
    }

    private void ForwardRun(JsonObject run)
    {
        ResourceKey key = Key(run);
        _runs.See(key, run);
        _queue.AddRun(key);
        if (ResourceReader.AgentRun(run, [])?.InstanceRef is { Length: > 0 } instance)
        {
            _queue.Add(new GrainTarget(TargetKind.Instance, key with { Name = instance }), _options.CountDelay);
        }
    }

    private void ForwardPart(JsonObject part)
    {
        if ((string?)part["metadata"]!["annotations"]?[SympoziumNames.RunLabel] is string run)
        {
            _queue.AddRun(Key(part) with { Name = run });
        }
    }

    private void ForwardInstance(JsonObject instance)
    {
        ResourceKey key = Key(instance);
        _instances.Add(key);
        _queue.Add(new GrainTarget(TargetKind.Instance, key));
        foreach (ResourceKey policy in _policies.In(key.Namespace))
        {
            _queue.Add(new GrainTarget(TargetKind.Policy, policy), _options.CountDelay);
        }
    }

    private void ForwardPolicy(JsonObject policy)
    {
        ResourceKey key = Key(policy);
        _policies.Add(key);
        _queue.Add(new GrainTarget(TargetKind.Policy, key));

        // Other namespaces, or the cluster, may name it.
        ForwardTo(_instances.All);
    }

    private void ForwardSkillPack(JsonObject pack)
    {
        _queue.Add(new GrainTarget(TargetKind.SkillPack, Key(pack)));
        ForwardToInstances(pack);
    }

    private void ForwardToInstances(JsonObject resource) => ForwardTo(_instances.In(Key(resource).Namespace));

    private void ForwardTo(ResourceKey[] instances)
    {
        foreach (ResourceKey instance in instances)
        {
            _queue.Add(new GrainTarget(TargetKind.Instance, instance), _options.CountDelay);
        }
    }

    private static ResourceKey Key(JsonObject resource) =>
        new((string)resource["metadata"]!["namespace"]!, (string)resource["metadata"]!["name"]!);

    /// <summary>Objects that were seen. One that is gone costs a call that finds nothing.</summary>
    private sealed class NamespaceIndex
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, HashSet<ResourceKey>> _byNamespace = [];

        public void Add(ResourceKey key)
        {
            lock (_lock)
            {
                if (!_byNamespace.TryGetValue(key.Namespace, out HashSet<ResourceKey>? keys))
                {
                    _byNamespace[key.Namespace] = keys = [];
                }

                keys.Add(key);
            }
        }

        public ResourceKey[] All
        {
            get
            {
                lock (_lock)
                {
                    return [.. _byNamespace.Values.SelectMany(keys => keys)];
                }
            }
        }

        public ResourceKey[] In(string ns)
        {
            lock (_lock)
            {
                return _byNamespace.TryGetValue(ns, out HashSet<ResourceKey>? keys) ? [.. keys] : [];
            }
        }
    }
}
