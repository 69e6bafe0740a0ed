using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.ReplicaSets;

/// <summary>
/// Converges pods towards ReplicaSets. Triggered by changes of both and by time (<c>minReadySeconds</c>); idempotent because it works on a
/// key only, and counts its own writes before the watch shows them.
/// </summary>
internal sealed class ReplicaSetController(
    IKubernetesClient client, ObjectCache<ReplicaSetFacts> sets, ObjectCache<PodFacts> pods, WorkloadEvents events, TimeProvider time)
{
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int LongestPrefix = 58;

    /// <summary>Pods whose deletion was asked for and has not been seen yet, by uid.</summary>
    private readonly ConcurrentDictionary<string, byte> _deleted = new(StringComparer.Ordinal);

    /// <summary>The ReplicaSets that a change of a pod may concern.</summary>
    public IEnumerable<(string Namespace, string Name)> Affected(PodFacts? before, PodFacts? now)
    {
        PodFacts pod = (now ?? before)!;
        if (now is null || now.IsDeleting)
        {
            _deleted.TryRemove(pod.Uid, out _);
        }

        foreach (ControllerReference owner in new[] { before?.Controller, now?.Controller }.OfType<ControllerReference>().Where(owner => owner.Kind == "ReplicaSet").Distinct())
        {
            yield return (pod.Namespace, owner.Name);
        }

        if (now is { Controller: null, IsDeleting: false })
        {
            foreach (ReplicaSetFacts set in sets.List(pod.Namespace).Where(set => set.Selector.Matches(pod.Labels)))
            {
                yield return set.Key;
            }
        }
    }

    /// <summary>Does what the ReplicaSet needs; returns when to look again although nothing happened.</summary>
    public async Task<TimeSpan?> SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (sets.Find(key.Namespace, key.Name) is not { } set)
        {
            return null;
        }

        List<PodFacts> own = await ClaimAsync(set, cancellationToken);
        List<PodFacts> active = [.. own.Where(IsActive)];
        (string Reason, string Message)? failure = null;
        KubernetesException? refused = null;
        if (!set.IsDeleting)
        {
            try
            {
                await ManageAsync(set, active, cancellationToken);
            }
            catch (KubernetesException exception) when (NamespaceEnd.IsCauseOf(exception))
            {
                // The ReplicaSet goes with its namespace.
                return null;
            }
            catch (KubernetesException exception)
            {
                refused = exception;
                if (active.Count < set.Replicas)
                {
                    failure = ("FailedCreate", exception.Message);
                    events.PodCreationFailed(sets.Type, set, exception.Message);
                }
                else
                {
                    failure = ("FailedDelete", exception.Message);
                    events.PodDeletionFailed(sets.Type, set, exception.Message);
                }
            }
        }

        DateTimeOffset now = time.GetUtcNow();
        JsonObject status = ReplicaSetStatus.Render(set, active, own.Count(pod => IsTerminating(pod)), failure, now);
        await WriteAsync(set, status, cancellationToken);
        if (refused is not null)
        {
            throw refused;
        }

        return active.Where(pod => pod.IsReady && !pod.IsAvailable(set.MinReady, now)).Select(pod => (TimeSpan?)(pod.ReadySince!.Value + set.MinReady - now)).Min();
    }

    private bool IsActive(PodFacts pod) => pod.IsActive && !_deleted.ContainsKey(pod.Uid);

    private bool IsTerminating(PodFacts pod) => !pod.IsFinished && (pod.IsDeleting || _deleted.ContainsKey(pod.Uid));

    /// <summary>The pods that the set manages, after it has taken what fits its selector and let go what does not any more.</summary>
    private async Task<List<PodFacts>> ClaimAsync(ReplicaSetFacts set, CancellationToken cancellationToken)
    {
        List<PodFacts> own = [];
        foreach (PodFacts pod in pods.List(set.Namespace))
        {
            bool matches = set.Selector.Matches(pod.Labels);
            if (pod.Controller is { } owner)
            {
                if (owner.Uid != set.Uid)
                {
                    continue;
                }

                if (matches || pod.IsDeleting || set.IsDeleting)
                {
                    own.Add(pod);
                }
                else if (await Adoption.ReleaseAsync(client, CoreTypes.Pods, pod, set.Uid, cancellationToken) is { } released)
                {
                    pods.Put(released);
                }
            }
            else if (matches && !pod.IsFinished && Adoption.IsFree(pod, set)
                && await Adoption.AdoptAsync(client, CoreTypes.Pods, pod, sets.Type, set, cancellationToken) is { } adopted)
            {
                own.Add(pods.Put(adopted));
            }
        }

        return own;
    }

    private async Task ManageAsync(ReplicaSetFacts set, List<PodFacts> active, CancellationToken cancellationToken)
    {
        (int create, IReadOnlyList<PodFacts> delete) = ReplicaSetPlanner.Plan(set.Replicas, active, time.GetUtcNow());
        for (int i = 0; i < create; i++)
        {
            JsonObject created = await client.CreateAsync(CoreTypes.Pods, Make(set), cancellationToken);
            PodFacts pod = pods.Put(created);
            active.Add(pod);
            events.PodCreated(sets.Type, set, pod.Name);
        }

        foreach (PodFacts pod in delete)
        {
            _deleted[pod.Uid] = 0;
            try
            {
                await client.DeleteAsync(CoreTypes.Pods, pod.Namespace, pod.Name, DeleteOptions.Background with { Uid = pod.Uid }, cancellationToken);
                active.Remove(pod);
                events.PodDeleted(sets.Type, set, pod.Name);
            }
            catch
            {
                _deleted.TryRemove(pod.Uid, out _);
                throw;
            }
        }
    }

    private JsonObject Make(ReplicaSetFacts set)
    {
        JsonObject template = set.Template.ToJson();
        string prefix = set.Name + "-";
        prefix = prefix.Length <= LongestPrefix ? prefix : prefix[..LongestPrefix];
        JsonObject metadata = template["metadata"]?.DeepClone() as JsonObject ?? [];
        metadata["name"] = prefix + RandomNumberGenerator.GetString(NameLetters, SuffixLength);
        metadata["generateName"] = prefix;
        metadata["namespace"] = set.Namespace;
        metadata["ownerReferences"] = new JsonArray(Adoption.Reference(sets.Type, set));
        JsonObject spec = template["spec"]?.DeepClone() as JsonObject ?? [];
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }

    private async Task WriteAsync(ReplicaSetFacts set, JsonObject status, CancellationToken cancellationToken)
    {
        if (ReplicaSetStatus.IsWritten(set, status))
        {
            return;
        }

        Patch patch = new(PatchType.Merge, new JsonObject { ["status"] = status }, ControllerHost.FieldManager);
        try
        {
            sets.Put(await client.PatchAsync(sets.Type, set.Namespace, set.Name, patch, "status", cancellationToken));
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            // Deleted meanwhile; the watch tells.
            return;
        }
    }
}
