using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Runs;

/// <summary>Reads everything that a run's plan depends on. Reads are cheap and always fresh; nothing is cached here.</summary>
internal sealed class RunInputReader(IKubernetesClient kubernetes)
{
    /// <summary>Reads the objects that <paramref name="run"/> names. What is wrong with any of them is for the planner to say.</summary>
    public async Task<RunInputs> ReadAsync(JsonObject run, CancellationToken cancellationToken)
    {
        var inputs = new RunInputs { Run = run };
        string ns = inputs.Key.Namespace;
        AgentRunSpec? spec = ResourceReader.AgentRun(run, []);
        JsonObject? instance = spec?.InstanceRef is { Length: > 0 } name ? await ReadInstanceAsync(ns, name, cancellationToken) : null;
        InstanceSpec? settings = instance is null ? null : ResourceReader.Instance(instance, []);
        if (spec is null || settings is null)
        {
            return inputs with { Instance = instance };
        }

        IEnumerable<string?> secrets = (settings.AuthRefs ?? []).Select(reference => reference.Secret).Append(spec.Model?.AuthSecretRef);
        return inputs with
        {
            Instance = instance,
            Policy = settings.PolicyRef is null ? null : await kubernetes.GetAsync(SympoziumTypes.Policies, ns, settings.PolicyRef, cancellationToken),
            SkillPacks = await ReadPacksAsync(ns, spec.Skills ?? settings.Skills ?? [], cancellationToken),
            SecretKeys = await ReadSecretKeysAsync(ns, secrets, cancellationToken),
        };
    }

    /// <summary>A reference finds either kind; of two with one name it finds the older.</summary>
    public async Task<JsonObject?> ReadInstanceAsync(string ns, string name, CancellationToken cancellationToken)
    {
        Task<JsonObject?> instance = kubernetes.GetAsync(SympoziumTypes.Instances, ns, name, cancellationToken);
        Task<JsonObject?> agent = kubernetes.GetAsync(SympoziumTypes.Agents, ns, name, cancellationToken);
        return ByAge(await instance, await agent).Elder;
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

    /// <summary>Packs by name: the namespace's own, else the system namespace's.</summary>
    public async Task<Dictionary<string, JsonObject>> ReadPacksAsync(string ns, IReadOnlyList<SkillReference> skills, CancellationToken cancellationToken)
    {
        var packs = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (string name in skills.Select(skill => skill.SkillPackRef).OfType<string>().Select(RunPlanner.SkillPackName))
        {
            JsonObject? pack = await kubernetes.GetAsync(SympoziumTypes.SkillPacks, ns, name, cancellationToken)
                ?? await kubernetes.GetAsync(SympoziumTypes.SkillPacks, SympoziumNames.SystemNamespace, name, cancellationToken);
            if (pack is not null)
            {
                packs[name] = pack;
            }
        }

        return packs;
    }

    /// <summary>Keys of the secrets that exist; the values are not kept.</summary>
    public async Task<Dictionary<string, IReadOnlySet<string>>> ReadSecretKeysAsync(string ns, IEnumerable<string?> names, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        foreach (string name in names.Where(name => !string.IsNullOrEmpty(name)).Distinct(StringComparer.Ordinal)!)
        {
            if (await kubernetes.GetAsync(CoreTypes.Secrets, ns, name, cancellationToken) is JsonObject secret)
            {
                keys[name] = (secret["data"] as JsonObject ?? []).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
            }
        }

        return keys;
    }
}
