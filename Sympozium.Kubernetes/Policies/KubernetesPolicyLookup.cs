using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Policies;

/// <summary>Looks everything up in the API at the moment of the question.</summary>
public sealed class KubernetesPolicyLookup(IKubernetesClient kubernetes) : IPolicyLookup
{
    /// <inheritdoc/>
    public async ValueTask<JsonObject?> InstanceAsync(ResourceKey instance, CancellationToken cancellationToken)
    {
        Task<JsonObject?> one = kubernetes.GetAsync(SympoziumTypes.Instances, instance.Namespace, instance.Name, cancellationToken);
        Task<JsonObject?> other = kubernetes.GetAsync(SympoziumTypes.Agents, instance.Namespace, instance.Name, cancellationToken);
        return ByAge(await one, await other).Elder;
    }

    /// <inheritdoc/>
    public async ValueTask<JsonObject?> PolicyAsync(ResourceKey policy, CancellationToken cancellationToken) =>
        await kubernetes.GetAsync(SympoziumTypes.Policies, policy.Namespace, policy.Name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JsonObject?> SkillPackAsync(ResourceKey pack, CancellationToken cancellationToken) =>
        await kubernetes.GetAsync(SympoziumTypes.SkillPacks, pack.Namespace, pack.Name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JsonObject?> NamespaceAsync(string name, CancellationToken cancellationToken) =>
        await kubernetes.GetAsync(CoreTypes.Namespaces, null, name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JsonObject?> ConfigAsync(CancellationToken cancellationToken) =>
        await kubernetes.GetAsync(SympoziumTypes.Configs, SympoziumNames.SystemNamespace, SympoziumNames.ConfigName, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> LiveChildrenAsync(ResourceKey parent, CancellationToken cancellationToken)
    {
        ResourceList runs = await kubernetes.ListAsync(SympoziumTypes.AgentRuns, parent.Namespace, ListOptions.All, cancellationToken);
        return runs.Items.Count(run => ParentOf(run) == parent.Name && !RunPhase.IsTerminal((run["status"] as JsonObject)?["phase"].AsText()));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> UsersAsync(ResourceKey policy, CancellationToken cancellationToken)
    {
        var users = new List<string>();
        foreach (ResourceType type in (ResourceType[])[SympoziumTypes.Instances, SympoziumTypes.Agents])
        {
            ResourceList instances = await kubernetes.ListAsync(type, policy.Namespace, ListOptions.All, cancellationToken);
            users.AddRange(instances.Items.Where(instance => PolicyReference.OfInstance(instance) == policy.Name).Select(instance => $"{type.Kind} '{instance["metadata"]!["name"].AsText()}'"));
        }

        ResourceList namespaces = await kubernetes.ListAsync(CoreTypes.Namespaces, null, ListOptions.All, cancellationToken);
        users.AddRange(namespaces.Items.Where(space => PolicyReference.OfNamespace(space) == policy).Select(space => $"Namespace '{space["metadata"]!["name"].AsText()}'"));
        if (await ConfigAsync(cancellationToken) is { } config && PolicyReference.OfConfig(config) == policy)
        {
            users.Add($"SympoziumConfig '{SympoziumNames.ConfigName}'");
        }

        return users;
    }

    /// <summary>Which of the two objects of one name is meant: the older; of two made in the same second, the first.</summary>
    public static (JsonObject? Elder, JsonObject? Younger) ByAge(JsonObject? instance, JsonObject? agent)
    {
        if (instance is null || agent is null)
        {
            return (instance ?? agent, null);
        }

        return string.CompareOrdinal((string?)instance["metadata"]!["creationTimestamp"], (string?)agent["metadata"]!["creationTimestamp"]) <= 0
            ? (instance, agent)
            : (agent, instance);
    }

    /// <summary>Name of the run that started this one; null for none.</summary>
    public static string? ParentOf(JsonObject run) => ((run["spec"] as JsonObject)?["parent"] as JsonObject)?["runName"].AsText();
}
