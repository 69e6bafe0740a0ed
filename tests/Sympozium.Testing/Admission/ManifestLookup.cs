using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Testing.Admission;

/// <summary>Looks things up among given objects.</summary>
public sealed class ManifestLookup(IReadOnlyList<JsonObject> objects) : IPolicyLookup
{
    public ValueTask<JsonObject?> InstanceAsync(ResourceKey instance, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Find("SympoziumInstance", instance) ?? Find("Agent", instance));

    public ValueTask<JsonObject?> PolicyAsync(ResourceKey policy, CancellationToken cancellationToken) => ValueTask.FromResult(Find("SympoziumPolicy", policy));

    public ValueTask<JsonObject?> SkillPackAsync(ResourceKey pack, CancellationToken cancellationToken) => ValueTask.FromResult(Find("SkillPack", pack));

    public ValueTask<JsonObject?> NamespaceAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(objects.FirstOrDefault(item => item["kind"].AsText() == "Namespace" && item["metadata"]!["name"].AsText() == name));

    public ValueTask<JsonObject?> ConfigAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Find("SympoziumConfig", new ResourceKey(SympoziumNames.SystemNamespace, SympoziumNames.ConfigName)));

    public ValueTask<int> LiveChildrenAsync(ResourceKey parent, CancellationToken cancellationToken) =>
        ValueTask.FromResult(objects.Count(item => item["kind"].AsText() == "AgentRun" && item["spec"]!["parent"]?["runName"].AsText() == parent.Name));

    public ValueTask<IReadOnlyList<string>> UsersAsync(ResourceKey policy, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>(
        [.. objects.Where(item => item["kind"].AsText() is "SympoziumInstance" or "Agent" && PolicyReference.OfInstance(item) == policy.Name)
            .Select(item => $"{item["kind"].AsText()} '{item["metadata"]!["name"].AsText()}'")]);

    private JsonObject? Find(string kind, ResourceKey key) => objects.FirstOrDefault(item =>
        item["kind"].AsText() == kind && item["metadata"]!["name"].AsText() == key.Name && item["metadata"]!["namespace"].AsText() == key.Namespace);
}
