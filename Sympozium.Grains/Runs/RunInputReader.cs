using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Policies;

namespace Sympozium.Grains.Runs;

/// <summary>Reads everything that a run's plan depends on. Reads are cheap and always fresh; nothing is cached here.</summary>
internal sealed class RunInputReader(IKubernetesClient kubernetes)
{
    private readonly KubernetesPolicyLookup _lookup = new(kubernetes);

    /// <summary>Reads the objects that <paramref name="run"/> names. What is wrong with any of them is for the planner to say.</summary>
    public async Task<RunInputs> ReadAsync(JsonObject run, CancellationToken cancellationToken)
    {
        var inputs = new RunInputs { Run = run };
        string ns = inputs.Key.Namespace;
        AgentRunSpec? spec = ResourceReader.AgentRun(run, []);
        JsonObject? instance = spec?.InstanceRef is { Length: > 0 } name ? await _lookup.InstanceAsync(new ResourceKey(ns, name), cancellationToken) : null;
        InstanceSpec? settings = instance is null ? null : ResourceReader.Instance(instance, []);
        if (spec is null || settings is null)
        {
            return inputs with { Instance = instance };
        }

        IEnumerable<string?> secrets = (settings.AuthRefs ?? []).Select(reference => reference.Secret).Append(spec.Model?.AuthSecretRef);
        return inputs with
        {
            Instance = instance,
            Policies = await PolicyReference.ReadAsync(_lookup, ns, instance!, $"instance '{spec.InstanceRef}', ", cancellationToken),
            LiveSiblings = spec.Parent is null ? 0 : await CountSiblingsAsync(inputs, spec.Parent.RunName, cancellationToken),
            SkillPacks = await ReadPacksAsync(ns, spec.Skills ?? settings.Skills ?? [], cancellationToken),
            SecretKeys = await ReadSecretKeysAsync(ns, secrets, cancellationToken),
        };
    }

    private async Task<int> CountSiblingsAsync(RunInputs inputs, string parent, CancellationToken cancellationToken)
    {
        // The run itself counts among the children once it is stored.
        int children = await _lookup.LiveChildrenAsync(inputs.Key with { Name = parent }, cancellationToken);
        return Math.Max(0, children - 1);
    }

    /// <summary>Packs by name: the namespace's own, else the system namespace's.</summary>
    public async Task<Dictionary<string, JsonObject>> ReadPacksAsync(string ns, IReadOnlyList<SkillReference> skills, CancellationToken cancellationToken)
    {
        var packs = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (string name in skills.Select(skill => skill.SkillPackRef).OfType<string>().Select(SkillPackNames.Of))
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
