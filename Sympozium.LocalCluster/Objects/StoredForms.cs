using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>
/// Objects between the version and schema that they were stored with and those that are served now: unknown fields go,
/// defaults come, apiVersion follows the request. What is stored changes with the next write only.
/// </summary>
internal static class StoredForms
{
    // Kept as long as both the kind as it is now and the stored object live.
    private static readonly ConditionalWeakTable<KindDefinition, ConditionalWeakTable<StoredObject, StoredObject>> Known = [];

    public static StoredObject Current(KindDefinition kind, StoredObject stored) =>
        Known.GetOrCreateValue(kind).GetValue(stored, found => Make(kind, found));

    /// <summary>Gives an object that is about to be stored the version that its kind is stored in.</summary>
    public static void ToStored(KindDefinition kind, JsonObject resource)
    {
        if (kind.StoredApiVersion is { } version)
        {
            resource["apiVersion"] = version;
        }
        else if (AutoscalerForms.IsOlder(kind.Type))
        {
            AutoscalerForms.ToStored(resource);
        }
        else if (kind.Type.Group == EventForms.NewGroup)
        {
            EventForms.ToCore(resource);
        }
    }

    private static StoredObject Make(KindDefinition kind, StoredObject stored)
    {
        JsonObject resource = stored.ToJson();
        if (!kind.IsCustom)
        {
            if (kind.Type.Group == EventForms.NewGroup)
            {
                EventForms.ToNew(resource);
            }
            else
            {
                AutoscalerForms.ToOlder(resource);
            }

            return new StoredObject(stored.Key, stored.Revision, ObjectBytes.From(resource).Stamp(stored.Revision));
        }

        JsonObject before = resource.DeepClone().AsObject();
        resource["apiVersion"] = kind.Type.ApiVersion;
        ObjectPipeline.Prune(kind, resource);
        ObjectPipeline.ApplyDefaults(kind, resource);
        return JsonNode.DeepEquals(resource, before)
            ? stored
            : new StoredObject(stored.Key, stored.Revision, ObjectBytes.From(resource).Stamp(stored.Revision));
    }
}
