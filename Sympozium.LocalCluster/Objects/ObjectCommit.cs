using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The last step of every write: into the store, or, for a dry run, not.</summary>
public sealed class ObjectCommit(ClusterStore store)
{
    /// <exception cref="StoreConflictException">The object is not at that revision.</exception>
    /// <exception cref="KubernetesException">It could not be stored.</exception>
    public Task<StoredObject> PutAsync(ObjectKey key, long expectedRevision, JsonObject resource, bool dryRun) =>
        WriteAsync(key, expectedRevision, resource, dryRun, isDeletion: false);

    /// <inheritdoc cref="PutAsync"/>
    public Task<StoredObject> DeleteAsync(ObjectKey key, long expectedRevision, JsonObject lastState, bool dryRun) =>
        WriteAsync(key, expectedRevision, lastState, dryRun, isDeletion: true);

    private async Task<StoredObject> WriteAsync(ObjectKey key, long expectedRevision, JsonObject resource, bool dryRun, bool isDeletion)
    {
        if (dryRun)
        {
            return DryRun(key, expectedRevision, resource);
        }

        try
        {
            ObjectBytes bytes = ObjectBytes.From(resource);
            return isDeletion ? await store.DeleteAsync(key, expectedRevision, bytes) : await store.PutAsync(key, expectedRevision, bytes);
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
