using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The last step of every write: into the store, or, for a dry run, not.</summary>
public sealed class ObjectCommit(ClusterStore store, KindRegistry registry)
{
    /// <exception cref="StoreConflictException">The object is not at that revision.</exception>
    /// <exception cref="KubernetesException">It could not be stored.</exception>
    public Task<StoredObject> PutAsync(KindDefinition kind, ObjectKey key, long expectedRevision, JsonObject resource, bool dryRun) =>
        WriteAsync(kind, key, expectedRevision, resource, dryRun, isDeletion: false);

    /// <inheritdoc cref="PutAsync"/>
    public Task<StoredObject> DeleteAsync(KindDefinition kind, ObjectKey key, long expectedRevision, JsonObject lastState, bool dryRun) =>
        WriteAsync(kind, key, expectedRevision, lastState, dryRun, isDeletion: true);

    private async Task<StoredObject> WriteAsync(KindDefinition kind, ObjectKey key, long expectedRevision, JsonObject resource, bool dryRun, bool isDeletion)
    {
        if (dryRun)
        {
            return DryRun(key, expectedRevision, resource);
        }

        try
        {
            ObjectBytes bytes = ObjectBytes.From(resource);
            StoredObject stored = isDeletion
                ? await store.DeleteAsync(key, expectedRevision, bytes)
                : await store.PutAsync(key, expectedRevision, bytes);
            if (key.Resource == KindRegistry.Definitions)
            {
                registry.Refresh();
            }

            return stored;
        }
        catch (StoreWriteException exception)
        {
            throw exception.IsOverload
                ? new KubernetesException(System.Net.HttpStatusCode.TooManyRequests, StatusReasons.TooManyRequests, exception.Message, new JsonObject { ["retryAfterSeconds"] = 1 }, exception)
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
                : Refusals.Internal(exception.Message);
        }
    }

    private StoredObject DryRun(ObjectKey key, long expectedRevision, JsonObject resource)
    {
        StoredObject? current = store.Snapshot.Find(key);
        if ((current?.Revision ?? 0) != expectedRevision)
        {
            throw new StoreConflictException(key, expectedRevision, current);
        }

        JsonObject metadata = Metadata.Of(resource);
        if (expectedRevision == 0)
        {
            metadata.Remove("resourceVersion");
        }
        else
        {
            metadata["resourceVersion"] = expectedRevision.ToString(CultureInfo.InvariantCulture);
        }

        return new StoredObject(key, expectedRevision, Encoding.UTF8.GetBytes(resource.ToJsonString()));
    }
}
