using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Admission.Quotas;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Ownership;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Changes stored objects: replaces, patches, and the collectors' own edits.</summary>
public sealed class ObjectEditor(
    ObjectReader reader, ObjectCommit commit, AdmissionChain admission, ServiceAllocator allocator, QuotaAdmission quotas, TimeProvider time)
{
    // A write that names no version is tried again on the newer object; contention that lasts longer is reported.
    private const int Attempts = 32;

    /// <summary>The subresource by which a pod gets its node, which is no change of what is wanted.</summary>
    internal const string Binding = "binding";

    /// <summary>Replaces an object or one of its subresources.</summary>
    /// <exception cref="KubernetesException">NotFound, Conflict, Invalid, Forbidden ...</exception>
    public Task<StoredObject> ReplaceAsync(
        KindDefinition kind, string? ns, string name, string? subresource, JsonObject resource, WriteOptions options, CancellationToken cancellationToken)
    {
        JsonNode? owners = Detach(resource);
        ObjectDecoder.Decode(kind, resource, options);
        RequireName(resource, name);
        ObjectDecoder.SetNamespace(kind, resource, ns);
        Target target = new(kind, ns, name, subresource);
        if (kind.IsCustom && Metadata.Text(Metadata.Of(resource), "resourceVersion") is null && reader.Find(kind, ns, name) is not null)
        {
            throw Refusals.Invalid(
                kind.Type.Group, kind.Type.Plural, name,
                [new FieldProblem("metadata.resourceVersion", "FieldValueInvalid", "Invalid value: 0: must be specified for an update")]);
        }

        return EditAsync(target, _ => new Produced(resource.DeepClone().AsObject(), owners), options, cancellationToken);
    }

    /// <summary>Changes an object by a function of its stored state, which may be called again when somebody else was faster.</summary>
    /// <exception cref="KubernetesException">NotFound, Conflict, Invalid, Forbidden ...</exception>
    public Task<StoredObject> PatchAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Func<JsonObject, JsonObject> change, WriteOptions options,
        CancellationToken cancellationToken) =>
        PatchAsync(new Target(kind, ns, name, subresource, IsPatch: true), change, null, options, cancellationToken);

    /// <summary>Applies a strategic merge patch, which problems of its outcome show.</summary>
    /// <exception cref="KubernetesException">NotFound, Conflict, Invalid, Forbidden ...</exception>
    internal Task<StoredObject> PatchAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Func<JsonObject, JsonObject> change, JsonObject? strategic, WriteOptions options,
        CancellationToken cancellationToken) =>
        PatchAsync(new Target(kind, ns, name, subresource, IsPatch: true), change, strategic, options, cancellationToken);

    /// <summary>Changes an object by a function that also says, in its <c>metadata.managedFields</c>, who owns what afterwards.</summary>
    /// <exception cref="KubernetesException">NotFound, Conflict, Invalid, Forbidden ...</exception>
    internal Task<StoredObject> ApplyAsync(
        KindDefinition kind, string? ns, string name, string? subresource, Func<JsonObject, JsonObject> apply, WriteOptions options,
        CancellationToken cancellationToken) =>
        PatchAsync(new Target(kind, ns, name, subresource, IsPatch: true, IsApply: true), apply, null, options, cancellationToken);

    private Task<StoredObject> PatchAsync(
        Target target, Func<JsonObject, JsonObject> change, JsonObject? strategic, WriteOptions options, CancellationToken cancellationToken)
    {
        (KindDefinition kind, string? ns, string name, _, _, _) = target;
        return EditAsync(target, Decoded, options, cancellationToken);

        Produced Decoded(JsonObject current)
        {
            JsonObject changed = change(current);
            JsonNode? owners = Detach(changed);
            // Only the last attempt's warnings count.
            options.Warnings.Clear();
            DecodePatched(kind, current, changed, owners, strategic, options);
            RequireName(changed, name);
            ObjectDecoder.SetNamespace(kind, changed, ns);
            return new Produced(changed, owners);
        }
    }

    // What is wrong with the outcome of a patch is reported as a problem of the patch.
    private static void DecodePatched(
        KindDefinition kind, JsonObject current, JsonObject changed, JsonNode? owners, JsonObject? strategic, WriteOptions options)
    {
        if (strategic is not null && !kind.IsCustom && CoreDecoder.FirstConversionError(kind.Schema, changed) is { } error)
        {
            throw Refusals.InvalidPatch($"Invalid value: {PatchText.Patch(strategic)}: {error}");
        }

        try
        {
            ObjectDecoder.Decode(kind, changed, options);
        }
        catch (KubernetesException exception) when (exception.Message.Contains(Refusals.UndecodableWords, StringComparison.Ordinal))
        {
            int start = exception.Message.IndexOf(Refusals.UndecodableWords, StringComparison.Ordinal);
            int colon = exception.Message.IndexOf(": ", start, StringComparison.Ordinal);
            Metadata.Of(changed)["managedFields"] = owners;
            Metadata.DropNulls(Metadata.Of(changed));
            string shown = strategic is null ? PatchText.Outcome(kind, current, changed) : PatchText.Patch(strategic);
            throw Refusals.InvalidPatch($"Invalid value: {shown}: {exception.Message[(colon + 2)..]}");
        }
    }

    private async Task<StoredObject> EditAsync(Target target, Func<JsonObject, Produced> produce, WriteOptions options, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            StoredObject current = reader.Get(target.Kind, target.Namespace, target.Name);
            JsonObject old = current.ToJson();
            (JsonObject next, JsonNode? owners) = produce(current.ToJson());
            CheckVersion(target, next, old, current.Revision);
            try
            {
                return await WriteAsync(target, current, old, next, owners, options, cancellationToken);
            }
            catch (StoreConflictException conflict)
            {
                if (conflict.Current is null)
                {
                    throw Refusals.NotFound(target.Kind.Type, target.Name);
                }

                // One that names its version is refused by the check at the next attempt.
                if (attempt == Attempts)
                {
                    throw Refusals.Conflict(target.Kind.Type, target.Name, Refusals.ModifiedMessage);
                }
            }
        }
    }

    private async Task<StoredObject> WriteAsync(
        Target target, StoredObject current, JsonObject old, JsonObject next, JsonNode? owners, WriteOptions options, CancellationToken cancellationToken)
    {
        KindDefinition kind = target.Kind;
        KeptFields.Restore(target.Kind, target.Subresource, next, old);
        SetOwners(target, next, old, owners, options);
        if (target.Subresource is null)
        {
            // These rules put the status back as it was, which a write of the status must not meet.
            ObjectPipeline.PrepareForUpdate(kind, next, old);
            allocator.Assign(kind, next, old);
        }
        else if (target.Subresource == "status")
        {
            Definitions.KeepStoredVersion(kind, next);
        }

        AdmissionRequest? review = admission.IsEmpty
            ? null
            : new AdmissionRequest(AdmissionOperation.Update, kind, next, old, target.Subresource, options.DryRun, options.User) { Options = options };
        if (review is not null)
        {
            await admission.ReviewAsync(review, options.Warnings, cancellationToken);
            next = Metadata.Reread(next);
        }

        admission.CheckRights(kind, next, old, options.User);
        if (target.Subresource != Binding)
        {
            SetGeneration(target, next, old);
        }

        List<FieldProblem> problems = ObjectPipeline.Validate(kind, next, old, target.Subresource);
        if (problems.Count > 0)
        {
            throw Refusals.Invalid(kind.Type, target.Name, problems);
        }

        ClaimResize.Check(reader, kind, next, old);
        if (review is not null)
        {
            await admission.ConfirmAsync(review with { Resource = next }, options.Warnings, cancellationToken);
        }

        ObjectKey key = current.Key;
        if (IsFinished(kind, next))
        {
            await commit.DeleteAsync(key, current.Revision, next, options.DryRun);
            return new StoredObject(key, current.Revision, ObjectBytes.From(next).Stamp(current.Revision));
        }

        Metadata.Keep(Metadata.Of(next), Metadata.Of(old), "resourceVersion");
        if (JsonNode.DeepEquals(next, old))
        {
            return current;
        }

        using IDisposable? turn = target.Subresource is null ? await quotas.EnterAsync(kind, next, old, cancellationToken) : null;
        StoredForms.ToStored(kind, next);
        StoredObject stored = await commit.PutAsync(key, current.Revision, next, options.DryRun);
        if (target.Subresource is null && Definitions.IsDefinition(kind) && !options.DryRun)
        {
            await EstablishAsync(kind, target.Name);
        }

        return ObjectReader.InVersion(kind, stored);
    }

    /// <summary>Writes what the status of a definition says once its kinds are served; not to be cancelled, since the write before is done.</summary>
    internal async Task EstablishAsync(KindDefinition kind, string name)
    {
        try
        {
            await PatchAsync(
                kind, null, name, "status", Establish, new WriteOptions { FieldManager = "kube-apiserver" },
                CancellationToken.None);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            // Somebody deleted it again: there is nothing to be served.
            return;
        }

        JsonObject Establish(JsonObject definition) =>
            Definitions.Establish(definition, reader.List(kind, null, ObjectFilter.All, 0, null).Items.Select(item => item.ToJson()), time);
    }

    /// <summary>Refuses a request that names another version or another object than the stored one.</summary>
    private static void CheckVersion(Target target, JsonObject next, JsonObject old, long revision)
    {
        JsonObject metadata = Metadata.Of(next);
        ResourceType type = target.Kind.Type;
        string? version = Metadata.Text(metadata, "resourceVersion");
        if (version is not null && version != "0")
        {
            if (!ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            {
                throw Refusals.Unclassified($"strconv.ParseUint: parsing \"{version}\": invalid syntax");
            }

            if (number != (ulong)revision)
            {
                throw Refusals.Conflict(type, target.Name, Refusals.ModifiedMessage);
            }
        }

        string? uid = Metadata.Text(metadata, "uid");
        string? storedUid = Metadata.Text(Metadata.Of(old), "uid");
        if (uid is not null && uid != storedUid)
        {
            if (target.IsPatch)
            {
                FieldProblem immutable = new("metadata.uid", "FieldValueInvalid", $"Invalid value: \"{uid}\": field is immutable");
                throw Refusals.Invalid(type, target.Name, [immutable, immutable]);
            }

            string path = target.Namespace is null || !target.Kind.Type.Namespaced ? target.Name : $"{target.Namespace}/{target.Name}";
            throw Refusals.Conflict(
                type, target.Name,
                $"StorageError: invalid object, Code: 4, Key: /registry/{type.Plural}/{path}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {storedUid}");
        }
    }

    private void SetOwners(Target target, JsonObject next, JsonObject old, JsonNode? owners, WriteOptions options)
    {
        if (!target.IsApply)
        {
            FieldWrite write = new(target.Kind, options.FieldManager ?? options.DefaultManager, target.Subresource, Metadata.Time(time.GetUtcNow()));
            owners = FieldOwnership.Update(write, old, next, target.Subresource is null ? owners : null);
        }

        JsonObject metadata = Metadata.Of(next);
        metadata.Remove("managedFields");
        if (owners is not null)
        {
            metadata["managedFields"] = owners.Parent is null ? owners : owners.DeepClone();
        }
    }

    // Its fields of any names are no business of the decoder.
    private static JsonNode? Detach(JsonObject resource)
    {
        if (resource["metadata"] is not JsonObject metadata || !metadata.Remove("managedFields", out JsonNode? owners))
        {
            return null;
        }

        return owners;
    }

    private static void SetGeneration(Target target, JsonObject next, JsonObject old)
    {
        KindDefinition kind = target.Kind;
        if (Metadata.Number(Metadata.Of(old), "generation") is not { } generation)
        {
            return;
        }

        if (target.Subresource is null && ObjectPipeline.CountsAnnotations(kind)
            && !JsonNode.DeepEquals(Metadata.Of(next)["annotations"], Metadata.Of(old)["annotations"]))
        {
            Metadata.Of(next)["generation"] = generation + 1;
            return;
        }

        foreach (string member in next.Select(pair => pair.Key).Concat(old.Select(pair => pair.Key)))
        {
            if (member is not "metadata" && !(member is "status" && kind.HasStatus) && !JsonNode.DeepEquals(next[member], old[member]))
            {
                Metadata.Of(next)["generation"] = generation + 1;
                return;
            }
        }
    }

    /// <summary>Being deleted, and nothing holds it any more.</summary>
    private static bool IsFinished(KindDefinition kind, JsonObject resource)
    {
        if (!Metadata.IsDeleting(resource) || Metadata.Finalizers(resource).Count > 0)
        {
            return false;
        }

        if (ObjectRemover.IsPod(kind))
        {
            return Metadata.Number(Metadata.Of(resource), "deletionGracePeriodSeconds") is null or 0;
        }

        return !ObjectRemover.IsNamespace(kind) || (resource["spec"] as JsonObject)?["finalizers"] is not JsonArray { Count: > 0 };
    }

    private static void RequireName(JsonObject resource, string name)
    {
        string? own = Metadata.Text(Metadata.Of(resource), "name");
        if (own is null)
        {
            throw Refusals.BadRequest($"the name of the object ({name} based on URL) was undeterminable: name must be provided");
        }

        if (own != name)
        {
            throw Refusals.BadRequest($"the name of the object ({own}) does not match the name on the URL ({name})");
        }
    }

    private sealed record Target(KindDefinition Kind, string? Namespace, string Name, string? Subresource, bool IsPatch = false, bool IsApply = false);

    /// <summary>The object to be written, and what the request says of its owners.</summary>
    private sealed record Produced(JsonObject Resource, JsonNode? Owners);
}
