using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Policies;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// Looks things up in caches that watches keep. An instance, policy or namespace that is not there is asked for once more in the API,
/// since the object before it in a manifest may be younger than the watch. What a cache knows a moment late is caught by the
/// planner, which asks the same questions again.
/// </summary>
internal sealed class AdmissionLookup : BackgroundService, IPolicyLookup
{
    private readonly KubernetesPolicyLookup _api;
    private readonly CachedObjects _instances;
    private readonly CachedObjects _agents;
    private readonly CachedObjects _policies;
    private readonly CachedObjects _configs;
    private readonly CachedObjects _packs;
    private readonly CachedObjects _namespaces;
    private readonly CachedObjects _children;

    public AdmissionLookup(IKubernetesClient kubernetes, TimeProvider time, ILogger<AdmissionLookup> logger)
    {
        _api = new KubernetesPolicyLookup(kubernetes);
        CachedObjects Cache(ResourceType type, Func<JsonObject, JsonObject?> keep) => new(kubernetes, type, keep, time, logger);
        _instances = Cache(SympoziumTypes.Instances, Whole);
        _agents = Cache(SympoziumTypes.Agents, Whole);
        _policies = Cache(SympoziumTypes.Policies, Whole);
        _configs = Cache(SympoziumTypes.Configs, Whole);
        _packs = Cache(SympoziumTypes.SkillPacks, WithoutContent);
        _namespaces = Cache(CoreTypes.Namespaces, OnlyMetadata);
        _children = Cache(SympoziumTypes.AgentRuns, OnlyLiveChildren);
    }

    private IEnumerable<CachedObjects> Caches => [_instances, _agents, _policies, _configs, _packs, _namespaces, _children];

    /// <summary>Whether every cache is filled.</summary>
    public bool IsSynced => Caches.All(cache => cache.IsSynced);

    /// <summary>Kinds whose cache is not filled yet.</summary>
    public IEnumerable<string> Unsynced => Caches.Where(cache => !cache.IsSynced).Select(cache => cache.Type.ToString());

    public async ValueTask<JsonObject?> InstanceAsync(ResourceKey instance, CancellationToken cancellationToken) =>
        KubernetesPolicyLookup.ByAge(_instances.Find(instance), _agents.Find(instance)).Elder ?? await _api.InstanceAsync(instance, cancellationToken);

    public async ValueTask<JsonObject?> PolicyAsync(ResourceKey policy, CancellationToken cancellationToken) =>
        _policies.Find(policy) ?? await _api.PolicyAsync(policy, cancellationToken);

    public async ValueTask<JsonObject?> NamespaceAsync(string name, CancellationToken cancellationToken) =>
        _namespaces.Find(new ResourceKey("", name)) ?? await _api.NamespaceAsync(name, cancellationToken);

    // Mostly there is none, so asking again each time would be a request for each review.
    public ValueTask<JsonObject?> ConfigAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_configs.Find(new ResourceKey(SympoziumNames.SystemNamespace, SympoziumNames.ConfigName)));

    public ValueTask<JsonObject?> SkillPackAsync(ResourceKey pack, CancellationToken cancellationToken) => ValueTask.FromResult(_packs.Find(pack));

    public ValueTask<int> LiveChildrenAsync(ResourceKey parent, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_children.All.Count(run => run.Key.Namespace == parent.Namespace && KubernetesPolicyLookup.ParentOf(run.Value) == parent.Name));

    public ValueTask<IReadOnlyList<string>> UsersAsync(ResourceKey policy, CancellationToken cancellationToken) => _api.UsersAsync(policy, cancellationToken);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Caches.Select(cache => cache.RunAsync(stoppingToken)));

    private static JsonObject? Whole(JsonObject item) => item;

    private static JsonObject? OnlyMetadata(JsonObject item) => new() { ["metadata"] = item["metadata"]?.DeepClone() };

    private static JsonObject? WithoutContent(JsonObject pack) => new()
    {
        ["metadata"] = pack["metadata"]?.DeepClone(),
        ["spec"] = new JsonObject { ["sidecar"] = (pack["spec"] as JsonObject)?["sidecar"]?.DeepClone() },
    };

    /// <summary>Of all runs only what the limit on children needs: a cluster has many, and their answers are long.</summary>
    private static JsonObject? OnlyLiveChildren(JsonObject run) =>
        KubernetesPolicyLookup.ParentOf(run) is { } parent && !RunPhase.IsTerminal((run["status"] as JsonObject)?["phase"].AsText())
            ? new JsonObject { ["spec"] = new JsonObject { ["parent"] = new JsonObject { ["runName"] = parent } } }
            : null;
}
