using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>What a deletion did: the object as it was or is now, and whether it is gone.</summary>
public sealed record RemovalResult(StoredObject Last, bool IsGone);

/// <summary>
/// Deletes objects: at once, or, when finalizers, dependents, a grace period or a namespace's contents hold them, by marking
/// them; the collectors, the pod runner and the finalizers' owners then finish.
/// </summary>
public sealed class ObjectRemover(ObjectReader reader, ObjectCommit commit, AdmissionChain admission, TimeProvider time)
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";
    private const int Attempts = 32;
    private const long DefaultPodGraceSeconds = 30;

    private static readonly string[] PermanentNamespaces = ["default", "kube-system", "kube-public"];

    public static bool IsPod(KindDefinition kind) => kind.Type.Group.Length == 0 && kind.Type.Plural == CoreTypes.Pods.Plural;

    public static bool IsNamespace(KindDefinition kind) => kind.Type.Group.Length == 0 && kind.Type.Plural == CoreTypes.Namespaces.Plural;

    /// <exception cref="KubernetesException">NotFound, Conflict with a precondition, Forbidden.</exception>
    public async Task<RemovalResult> DeleteAsync(
        KindDefinition kind, string? ns, string name, Removal removal, WriteOptions options, CancellationToken cancellationToken)
    {
        if (IsNamespace(kind) && PermanentNamespaces.Contains(name))
        {
            throw Refusals.Forbidden(kind.Type, name, "this namespace may not be deleted");
        }

        bool reviewed = false;
        for (int attempt = 1; ; attempt++)
        {
            StoredObject current = reader.Get(kind, ns, name);
            CheckPreconditions(kind, current, removal);
            JsonObject resource = current.ToJson();
            if (!reviewed && !admission.IsEmpty)
            {
                AdmissionRequest review = new(AdmissionOperation.Delete, kind, current.ToJson(), null, null, options.DryRun, options.User) { Options = options, Removal = removal };
                await admission.ReviewAsync(review, options.Warnings, cancellationToken);
                await admission.ConfirmAsync(review, options.Warnings, cancellationToken);
                reviewed = true;
            }

            try
            {
                return await RemoveAsync(kind, current, resource, removal, options.DryRun);
            }
            catch (StoreConflictException conflict)
            {
                if (conflict.Current is null)
                {
                    throw Refusals.NotFound(kind.Type, name);
                }

                if (attempt == Attempts)
                {
                    throw Refusals.Conflict(kind.Type, name, Refusals.ModifiedMessage);
                }
            }
        }
    }

    private async Task<RemovalResult> RemoveAsync(KindDefinition kind, StoredObject current, JsonObject resource, Removal removal, bool dryRun)
    {
        List<string> finalizers = WithPolicy(kind, Metadata.Finalizers(resource), removal.PropagationPolicy);
        long grace = IsPod(kind) ? PodGrace(resource, removal.GracePeriodSeconds) : 0;
        if (finalizers.Count == 0 && grace == 0 && !IsNamespace(kind))
        {
            await commit.DeleteAsync(current.Key, current.Revision, resource, dryRun);
            return new RemovalResult(current, IsGone: true);
        }

        JsonObject marked = resource.DeepClone().AsObject();
        Metadata.SetFinalizers(marked, finalizers);
        Mark(kind, marked, grace);
        if (JsonNode.DeepEquals(marked, resource))
        {
            return new RemovalResult(current, IsGone: false);
        }

        return new RemovalResult(await commit.PutAsync(current.Key, current.Revision, marked, dryRun), IsGone: false);
    }

    private void Mark(KindDefinition kind, JsonObject resource, long grace)
    {
        JsonObject metadata = Metadata.Of(resource);
        bool isFirst = !Metadata.IsDeleting(resource);
        long? before = Metadata.Number(metadata, "deletionGracePeriodSeconds");
        if (isFirst || grace < before)
        {
            metadata["deletionTimestamp"] = Metadata.Time(time.GetUtcNow().AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
        }

        if (IsNamespace(kind))
        {
            metadata.Remove("deletionGracePeriodSeconds");
            JsonObject status = resource["status"] as JsonObject ?? [];
            status["phase"] = "Terminating";
            resource["status"] = status;
        }
        else if (isFirst && Metadata.Number(metadata, "generation") is { } generation)
        {
            metadata["generation"] = generation + 1;
        }
    }

    private static List<string> WithPolicy(KindDefinition kind, List<string> finalizers, string? policy)
    {
        if (policy is not null)
        {
            finalizers.RemoveAll(name => name is ForegroundFinalizer or OrphanFinalizer);
        }

        switch (policy)
        {
            case "Foreground":
                finalizers.Add(ForegroundFinalizer);
                break;
            case "Orphan":
                finalizers.Add(OrphanFinalizer);
                break;
        }

        if (Definitions.IsDefinition(kind) && !finalizers.Contains(Definitions.CleanupFinalizer))
        {
            finalizers.Add(Definitions.CleanupFinalizer);
        }

        return finalizers;
    }

    // A pod that runs nowhere, or not any more, needs no time to end.
    private static long PodGrace(JsonObject pod, long? asked)
    {
        JsonObject spec = pod["spec"] as JsonObject ?? [];
        string? phase = Metadata.Text(pod["status"] as JsonObject ?? [], "phase");
        if (Metadata.Text(spec, "nodeName") is null || phase is "Succeeded" or "Failed")
        {
            return 0;
        }

        long grace = Math.Max(0, asked ?? Metadata.Number(spec, "terminationGracePeriodSeconds") ?? DefaultPodGraceSeconds);
        return Metadata.IsDeleting(pod) && Metadata.Number(Metadata.Of(pod), "deletionGracePeriodSeconds") is { } before ? Math.Min(grace, before) : grace;
    }

    private static void CheckPreconditions(KindDefinition kind, StoredObject current, Removal removal)
    {
        string name = current.Key.Name;
        if (removal.Uid is { } uid && uid != current.Facts.Uid)
        {
            throw Refusals.Precondition(
                kind.Type, name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({current.Facts.Uid}). The object might have been deleted and then recreated");
        }

        if (removal.ResourceVersion is { } version && version != $"{current.Revision}")
        {
            throw Refusals.Precondition(
                kind.Type, name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({current.Revision}). The object might have been modified");
        }
    }
}
