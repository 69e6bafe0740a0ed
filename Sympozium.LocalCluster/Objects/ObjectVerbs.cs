using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Admission.Quotas;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Everything that can be done with objects; what HTTP and the in-process client both stand on.</summary>
public sealed class ObjectVerbs
{
    private readonly ServerSideApply _apply;

    public ObjectVerbs(ClusterStore store, AdmissionChain admission, TimeProvider time)
    {
        ObjectCommit commit = new(store);
        ServiceAllocator allocator = new(store);
        Reader = new ObjectReader(store);
        QuotaAdmission quotas = new(store);
        Editor = new ObjectEditor(Reader, commit, admission, allocator, quotas, time);
        Creator = new ObjectCreator(store, Editor, commit, admission, allocator, quotas, time);
        Remover = new ObjectRemover(Reader, commit, admission, time);
        _apply = new ServerSideApply(Reader, Creator, Editor, time);
    }

    public ObjectReader Reader { get; }

    public ObjectCreator Creator { get; }

    public ObjectEditor Editor { get; }

    public ObjectRemover Remover { get; }

    /// <summary>Applies a patch of any format.</summary>
    /// <exception cref="KubernetesException">NotFound, Conflict, Invalid, or a patch that does not fit.</exception>
    public Task<StoredObject> PatchAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Patch patch, WriteOptions options, CancellationToken cancellationToken) =>
        patch.Type == PatchType.Apply
            ? _apply.ApplyAsync(kind, ns, name, subresource, patch, options, cancellationToken)
            : Editor.PatchAsync(
                kind, ns, name, subresource, current => ObjectPatches.Apply(kind, patch.Type, current, patch.Body),
                patch.Type == PatchType.Strategic ? patch.Body as JsonObject : null, options, cancellationToken);
}
