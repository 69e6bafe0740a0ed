using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Ownership;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The apply patch: checks its document, and creates or changes the object by the rules of <see cref="FieldOwnership"/>.</summary>
internal sealed class ServerSideApply(ObjectReader reader, ObjectCreator creator, ObjectEditor editor, TimeProvider time)
{
    /// <exception cref="KubernetesException">Conflict with other managers, Invalid, or a document that is none of the kind.</exception>
    public async Task<StoredObject> ApplyAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Patch patch, WriteOptions options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.FieldManager))
        {
            throw Refusals.InvalidOptions("PatchOptions", new FieldProblem("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"));
        }

        JsonObject document = Check(kind, name, patch.Body);
        FieldWrite write = new(kind, options.FieldManager, subresource, Metadata.Time(time.GetUtcNow()));
        JsonObject applied = Part(kind, ns, name, subresource, document);

        // An apply creates what is missing; two that race meet at the store, and the slower one then patches.
        if (subresource is null && reader.Find(kind, ns, name) is null)
        {
            try
            {
                JsonObject created = applied.DeepClone().AsObject();
                Metadata.Of(created).Remove("resourceVersion");
                AppliedFields fields = FieldOwnership.Apply(write, null, created, patch.Force);
                return await creator.ApplyAsync(kind, ns, fields.Resource, fields.ManagedFields, options, cancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                options.Warnings.Clear();
            }
        }

        return await editor.ApplyAsync(kind, ns, name, subresource, current => Merge(write, current, applied, document, patch.Force), options, cancellationToken);
    }

    private static JsonObject Merge(FieldWrite write, JsonObject current, JsonObject applied, JsonObject document, bool force)
    {
        string? version = Metadata.Text(Metadata.Of(applied), "resourceVersion");
        if (version is not null && version != Metadata.Text(Metadata.Of(current), "resourceVersion"))
        {
            throw Refusals.Conflict(write.Kind.Type, Metadata.Text(Metadata.Of(applied), "name")!, Refusals.ModifiedMessage);
        }

        try
        {
            AppliedFields fields = FieldOwnership.Apply(write, current, applied, force);
            LastApplied.Refresh(write, fields.Resource, document);
            JsonObject metadata = Metadata.Of(fields.Resource);
            metadata.Remove("managedFields");
            if (fields.ManagedFields is { } owners)
            {
                metadata["managedFields"] = owners;
            }

            return fields.Resource;
        }
        catch (FieldConflictException conflict)
        {
            throw Refusals.FieldConflict(conflict);
        }
    }

    private static JsonObject Check(KindDefinition kind, string name, JsonNode? body)
    {
        if (body is not JsonObject document)
        {
            throw Refusals.BadRequest("error decoding patch: an apply patch is an object");
        }

        ResourceType type = kind.Type;
        string? version = Metadata.Text(document, "apiVersion");
        string? word = Metadata.Text(document, "kind");
        if (version is null || word is null)
        {
            int slash = version?.IndexOf('/', StringComparison.Ordinal) ?? -1;
            (string group, string number) = slash < 0 ? ("", version ?? "") : (version![..slash], version[(slash + 1)..]);
            throw Refusals.BadRequest($"invalid object type: {group}/{number}, Kind={word}");
        }

        JsonObject metadata = document["metadata"] as JsonObject ?? [];
        if (metadata["managedFields"] is not null)
        {
            throw Refusals.BadRequest("metadata.managedFields must be nil");
        }

        string? own = Metadata.Text(metadata, "name");
        if (own is not null && own != name)
        {
            throw Refusals.BadRequest($"the name of the object ({own}) does not match the name on the URL ({name})");
        }

        if (version == type.ApiVersion && word == type.Kind && FieldMistakes.Find(FieldTree.Root(kind), document) is { } mistakes)
        {
            string place = $"{Metadata.Text(metadata, "namespace")}/{name}; {type.Group}/{type.Version}, Kind={type.Kind}";
            throw Refusals.Unclassified($"failed to create typed patch object ({place}): {mistakes}");
        }

        return document;
    }

    /// <summary>What of the document this endpoint writes.</summary>
    private static JsonObject Part(KindDefinition kind, string? ns, string name, string? subresource, JsonObject document)
    {
        JsonObject part = document.DeepClone().AsObject();
        Metadata.DropNulls(Metadata.Of(part));
        Metadata.Of(part)["name"] ??= name;
        if (subresource is null)
        {
            if (kind.HasStatus)
            {
                part.Remove("status");
            }

            return part;
        }

        JsonObject own = Metadata.Of(part);
        foreach (string member in part.Select(pair => pair.Key).Where(member => member is not ("apiVersion" or "kind" or "metadata") && member != subresource).ToList())
        {
            part.Remove(member);
        }

        foreach (string member in own.Select(pair => pair.Key).Where(member => member is not ("name" or "namespace" or "uid" or "resourceVersion")).ToList())
        {
            own.Remove(member);
        }

        if (kind.Type.Namespaced && ns is not null)
        {
            own["namespace"] ??= ns;
        }

        return part;
    }
}
