using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>Takes objects under a controller and lets them go, by their owner references.</summary>
internal static class Adoption
{
    /// <summary>Whether an object that nobody manages may be taken: neither goes away.</summary>
    public static bool IsFree(ObjectFacts item, ObjectFacts owner) => item.Controller is null && !item.IsDeleting && !owner.IsDeleting;

    /// <summary>The owner reference of something that <paramref name="owner"/> manages.</summary>
    public static JsonObject Reference(ResourceType type, ObjectFacts owner) => new()
    {
        ["apiVersion"] = type.ApiVersion,
        ["kind"] = type.Kind,
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>Makes it managed by <paramref name="owner"/>; null when it is gone or somebody else was faster.</summary>
    public static Task<JsonObject?> AdoptAsync(
        IKubernetesClient client, ResourceType type, ObjectFacts item, ResourceType ownerType, ObjectFacts owner, CancellationToken cancellationToken) =>
        PatchAsync(client, type, item, Reference(ownerType, owner), cancellationToken);

    /// <summary>Ends its management by <paramref name="ownerUid"/>; null when it is gone.</summary>
    public static Task<JsonObject?> ReleaseAsync(IKubernetesClient client, ResourceType type, ObjectFacts item, string ownerUid, CancellationToken cancellationToken) =>
        PatchAsync(client, type, item, new JsonObject { ["$patch"] = "delete", ["uid"] = ownerUid }, cancellationToken);

    private static async Task<JsonObject?> PatchAsync(IKubernetesClient client, ResourceType type, ObjectFacts item, JsonObject reference, CancellationToken cancellationToken)
    {
        // The uid keeps it from another object of that name; a second controller is refused by validation.
        JsonObject patch = new() { ["metadata"] = new JsonObject { ["uid"] = item.Uid, ["ownerReferences"] = new JsonArray(reference) } };
        try
        {
            return await client.PatchAsync(type, item.Namespace, item.Name, new Patch(PatchType.Strategic, patch), null, cancellationToken);
        }
        catch (KubernetesException gone) when (gone.IsNotFound || gone.IsConflict || gone.Reason == StatusReasons.Invalid)
        {
            // Whatever happened to it comes with the watch.
            return null;
        }
    }
}
