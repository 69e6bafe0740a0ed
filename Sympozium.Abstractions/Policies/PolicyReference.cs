using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>A policy that somebody names, as it was found.</summary>
/// <param name="Source">Who names which policy.</param>
/// <param name="NamedAt">Where it is named, for example <c>instance 'helper', spec.policyRef</c>.</param>
/// <param name="Policy">The SympoziumPolicy; null when there is none of that name.</param>
public sealed record PolicyReference(PolicySource Source, string NamedAt, JsonObject? Policy)
{
    /// <summary>Every policy that holds for an instance of a namespace, nearest first.</summary>
    /// <param name="lookup">Where objects are found.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="instance">The instance; null when there is none.</param>
    /// <param name="instanceAt">Beginning of paths into the instance, for example <c>instance 'helper', </c>.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    public static async ValueTask<IReadOnlyList<PolicyReference>> ReadAsync(
        IPolicyLookup lookup, string ns, JsonObject? instance, string instanceAt, CancellationToken cancellationToken)
    {
        var references = new List<PolicyReference>(3);
        if (instance is not null && OfInstance(instance) is { } own)
        {
            await AddAsync(PolicyOrigin.Instance, new ResourceKey(ns, own), $"{instanceAt}spec.policyRef");
        }

        if (await lookup.NamespaceAsync(ns, cancellationToken) is { } space && OfNamespace(space) is { } annotated)
        {
            await AddAsync(PolicyOrigin.Namespace, annotated, $"namespace '{ns}', metadata.annotations[{SympoziumNames.PolicyAnnotation}]");
        }

        if (await lookup.ConfigAsync(cancellationToken) is { } config && OfConfig(config) is { } configured)
        {
            await AddAsync(PolicyOrigin.Cluster, configured, $"SympoziumConfig '{SympoziumNames.ConfigName}', spec.policyRef");
        }

        return references;

        async ValueTask AddAsync(PolicyOrigin origin, ResourceKey key, string namedAt)
        {
            if (references.All(reference => reference.Source.Policy != key))
            {
                references.Add(new PolicyReference(new PolicySource(origin, key), namedAt, await lookup.PolicyAsync(key, cancellationToken)));
            }
        }
    }

    /// <summary>Name of the policy, in its own namespace, that an instance names; null for none.</summary>
    public static string? OfInstance(JsonObject instance) =>
        instance["spec"] is JsonObject spec && Spellings.Canonicalize(Spellings.Instance, spec, [])["policyRef"].AsText() is { Length: > 0 } name ? name : null;

    /// <summary>The policy that a namespace names; null for none.</summary>
    public static ResourceKey? OfNamespace(JsonObject space)
    {
        var metadata = space["metadata"] as JsonObject;
        return Key(metadata?["name"].AsText() ?? "", (metadata?["annotations"] as JsonObject)?[SympoziumNames.PolicyAnnotation].AsText());
    }

    /// <summary>The policy that a SympoziumConfig names; null for none.</summary>
    public static ResourceKey? OfConfig(JsonObject config) => Key(SympoziumNames.SystemNamespace, (config["spec"] as JsonObject)?["policyRef"].AsText());

    /// <summary>Namespaces and the cluster may name a policy of another namespace; instances may not.</summary>
    private static ResourceKey? Key(string home, string? name) =>
        string.IsNullOrEmpty(name) ? null : ResourceKey.TryParse(name, out ResourceKey key) ? key : new ResourceKey(home, name);
}
