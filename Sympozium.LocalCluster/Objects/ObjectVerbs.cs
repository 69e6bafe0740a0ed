using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Everything that can be done with objects; what HTTP and the in-process client both stand on.</summary>
public sealed class ObjectVerbs
{
    public ObjectVerbs(ClusterStore store, AdmissionChain admission, TimeProvider time)
    {
        ObjectCommit commit = new(store);
        Reader = new ObjectReader(store);
        Creator = new ObjectCreator(store, commit, admission, time);
        Editor = new ObjectEditor(Reader, commit, admission, time);
        Remover = new ObjectRemover(Reader, commit, admission, time);
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
            ? ApplyAsync(kind, ns, name, subresource, patch, options, cancellationToken)
            : Editor.PatchAsync(kind, ns, name, subresource, current => ObjectPatches.Apply(kind, patch.Type, current, patch.Body), options, cancellationToken);

    // An apply creates what is missing; two that race meet at the store, and the slower one then patches.
    private async Task<StoredObject> ApplyAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Patch patch, WriteOptions options, CancellationToken cancellationToken)
    {
        if (patch.Body is not JsonObject document)
        {
            throw Refusals.BadRequest("error decoding patch: an apply patch is an object");
        }

        if (string.IsNullOrEmpty(options.FieldManager))
        {
            throw Refusals.InvalidOptions("PatchOptions", new FieldProblem("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"));
        }

        if (Reader.Find(kind, ns, name) is null && subresource is null)
        {
            try
            {
                JsonObject created = document.DeepClone().AsObject();
                JsonObject metadata = Metadata.Of(created);
                metadata["name"] ??= name;
                metadata.Remove("resourceVersion");
                return await Creator.CreateAsync(kind, ns, created, options, cancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                options.Warnings.Clear();
            }
        }

        return await Editor.PatchAsync(kind, ns, name, subresource, current => ServerSideApply.Merge(kind, current, document), options, cancellationToken);
    }
}
