using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>
/// Combined policies that are kept while the policies stay as they are: reading and tightening three of them costs more than all of the rest
/// of a review. An object is known by its uid and resourceVersion, which change with it; one without them is combined each time.
/// </summary>
internal sealed class PolicyResolutions
{
    // Combinations in use are few: one for each instance's policy in each namespace. Old versions go when this many have come together.
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<string, PolicyResolution> _kept = new(StringComparer.Ordinal);

    /// <inheritdoc cref="PolicyResolution.Of"/>
    public PolicyResolution Of(IReadOnlyList<PolicyReference> references)
    {
        if (Key(references) is not { } key)
        {
            return PolicyResolution.Of(references);
        }

        if (_kept.TryGetValue(key, out PolicyResolution? known))
        {
            return known;
        }

        if (_kept.Count >= Most)
        {
            _kept.Clear();
        }

        return _kept[key] = PolicyResolution.Of(references);
    }

    /// <summary>Null when one of the policies is missing or has no version.</summary>
    private static string? Key(IReadOnlyList<PolicyReference> references)
    {
        var key = new StringBuilder();
        foreach (PolicyReference reference in references)
        {
            if (reference.Policy?["metadata"] is not JsonObject metadata || metadata["uid"].AsText() is not { Length: > 0 } uid || metadata["resourceVersion"].AsText() is not { Length: > 0 } version)
            {
                return null;
            }

            key.Append((int)reference.Source.Origin).Append(' ').Append(reference.Source.Policy).Append(' ').Append(uid).Append(' ').Append(version).Append('\n');
        }

        return key.ToString();
    }
}
