using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules.Pods;

namespace Sympozium.LocalCluster.Objects;

/// <summary>What a write does not change, whatever it says: the server's own fields, and all that a subresource is not about.</summary>
internal static class KeptFields
{
    private static readonly string[] ServerFields = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"];

    /// <summary>Puts back into <paramref name="next"/> what a write of the object, or of its subresource, leaves as it was in <paramref name="old"/>.</summary>
    public static void Restore(KindDefinition kind, string? subresource, JsonObject next, JsonObject old)
    {
        JsonObject metadata = Metadata.Of(next);
        JsonObject oldMetadata = Metadata.Of(old);
        if (subresource == "status")
        {
            KeepAllButStatus(kind, next, old);
            return;
        }

        if (subresource == PodRules.EphemeralContainers)
        {
            KeepAllButEphemeral(next, old);
            return;
        }

        if (kind.HasStatus)
        {
            Metadata.Keep(next, old, "status");
        }

        foreach (string name in ServerFields)
        {
            Metadata.Keep(metadata, oldMetadata, name);
        }
    }

    // Core kinds take labels and annotations with the status; their controllers keep notes there.
    private static void KeepAllButStatus(KindDefinition kind, JsonObject next, JsonObject old)
    {
        foreach (string member in next.Select(pair => pair.Key).Concat(old.Select(pair => pair.Key)).Distinct().ToList())
        {
            if (member is not "status" && !(member is "metadata" && !kind.IsCustom))
            {
                Metadata.Keep(next, old, member);
            }
        }

        JsonObject metadata = Metadata.Of(next);
        JsonObject oldMetadata = Metadata.Of(old);
        foreach (string name in ServerFields)
        {
            Metadata.Keep(metadata, oldMetadata, name);
        }

        if (ObjectRemover.IsPod(kind))
        {
            Metadata.Keep(metadata, oldMetadata, "ownerReferences");
        }
        else if (kind.Type is { Group: "apps", Kind: "Deployment" })
        {
            Metadata.Keep(metadata, oldMetadata, "labels");
        }
    }

    private static void KeepAllButEphemeral(JsonObject next, JsonObject old)
    {
        JsonNode? added = (next["spec"] as JsonObject)?["ephemeralContainers"]?.DeepClone();
        foreach (string member in next.Select(pair => pair.Key).Concat(old.Select(pair => pair.Key)).Distinct().ToList())
        {
            Metadata.Keep(next, old, member);
        }

        if (added is not null)
        {
            next["spec"]!["ephemeralContainers"] = added;
        }
        else
        {
            (next["spec"] as JsonObject)?.Remove("ephemeralContainers");
        }
    }
}
