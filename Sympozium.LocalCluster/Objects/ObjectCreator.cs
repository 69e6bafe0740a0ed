using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Admission.Quotas;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Ownership;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>Creates objects.</summary>
public sealed class ObjectCreator(
    ClusterStore store, ObjectEditor editor, ObjectCommit commit, AdmissionChain admission, ServiceAllocator allocator, QuotaAdmission quotas, TimeProvider time)
{
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int NameSuffixLength = 5;
    private const int LongestGeneratedBase = 58;
    private const int NameAttempts = 8;

    // Core kinds whose changes of spec are counted.
    private static readonly HashSet<string> CountedKinds =
    [
        "pods", "jobs", "cronjobs", "deployments", "replicasets", "statefulsets", "daemonsets", "customresourcedefinitions", "networkpolicies",
        "mutatingwebhookconfigurations", "poddisruptionbudgets", "priorityclasses", "validatingwebhookconfigurations",
    ];

    /// <exception cref="KubernetesException">AlreadyExists, Invalid, Forbidden, NotFound for its namespace ...</exception>
    public Task<StoredObject> CreateAsync(KindDefinition kind, string? ns, JsonObject resource, WriteOptions options, CancellationToken cancellationToken) =>
        CreateAsync(kind, ns, resource, null, options, cancellationToken);

    /// <summary>Creates what is applied; its fields are owned by the applier.</summary>
    /// <exception cref="KubernetesException">AlreadyExists, Invalid, Forbidden, NotFound for its namespace ...</exception>
    internal Task<StoredObject> ApplyAsync(
        KindDefinition kind, string? ns, JsonObject resource, JsonNode? managedFields, WriteOptions options, CancellationToken cancellationToken) =>
        CreateAsync(kind, ns, resource, new Applied(managedFields), options, cancellationToken);

    private async Task<StoredObject> CreateAsync(
        KindDefinition kind, string? ns, JsonObject resource, Applied? applied, WriteOptions options, CancellationToken cancellationToken)
    {
        (resource["metadata"] as JsonObject)?.Remove("managedFields");
        ObjectDecoder.Decode(kind, resource, options);
        ObjectDecoder.SetNamespace(kind, resource, ns);
        JsonObject metadata = Metadata.Of(resource);
        if (Metadata.Text(metadata, "resourceVersion") is not (null or "0"))
        {
            throw Refusals.Unclassified("resourceVersion should not be set on objects to be created");
        }

        string? prefix = Metadata.Text(metadata, "name") is null ? Metadata.Text(metadata, "generateName") : null;
        if (prefix is null && Metadata.Text(metadata, "name") is null)
        {
            throw Refusals.Invalid(kind.Type, "", [new FieldProblem("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")]);
        }

        RequireNamespace(kind, resource);
        for (int attempt = 1; ; attempt++)
        {
            JsonObject candidate = prefix is null ? resource : resource.DeepClone().AsObject();
            if (prefix is not null)
            {
                Metadata.Of(candidate)["name"] = string.Concat(prefix.AsSpan(0, Math.Min(prefix.Length, LongestGeneratedBase)), RandomNumberGenerator.GetString(NameLetters, NameSuffixLength));
            }

            try
            {
                return await CreateNamedAsync(kind, candidate, applied, options, cancellationToken);
            }
            catch (StoreConflictException conflict)
            {
                if (prefix is null || attempt == NameAttempts)
                {
                    throw Refusals.AlreadyExists(kind.Type, Metadata.Text(Metadata.Of(candidate), "name")!, conflict.Current?.Facts.IsDeleting == true);
                }
            }
        }
    }

    private async Task<StoredObject> CreateNamedAsync(
        KindDefinition kind, JsonObject resource, Applied? applied, WriteOptions options, CancellationToken cancellationToken)
    {
        Prepare(kind, resource, applied, options);
        AdmissionRequest? review = admission.IsEmpty
            ? null
            : new AdmissionRequest(AdmissionOperation.Create, kind, resource, null, null, options.DryRun, options.User) { Options = options };
        if (review is not null)
        {
            await admission.ReviewAsync(review, options.Warnings, cancellationToken);
            resource = Metadata.Reread(resource);
        }

        admission.CheckRights(kind, resource, null, options.User);
        List<FieldProblem> problems = ObjectPipeline.Validate(kind, resource, null);
        string created = Metadata.Text(Metadata.Of(resource), "name")!;
        if (problems.Count > 0)
        {
            throw Refusals.Invalid(kind.Type, created, problems);
        }

        if (review is not null)
        {
            await admission.ConfirmAsync(review with { Resource = resource }, options.Warnings, cancellationToken);
        }

        ObjectKey key = ObjectReader.Key(kind.Type, Metadata.Text(Metadata.Of(resource), "namespace"), created);
        using IDisposable? turn = await quotas.EnterAsync(kind, resource, null, cancellationToken);
        StoredForms.ToStored(kind, resource);
        StoredObject stored = await commit.PutAsync(key, 0, resource, options.DryRun);
        if (Definitions.IsDefinition(kind) && !options.DryRun)
        {
            await editor.EstablishAsync(kind, created);
        }

        return ObjectReader.InVersion(kind, stored);
    }

    /// <summary>What the server sets before anybody is asked: identity, ownership, and what the kind's strategy adds.</summary>
    private void Prepare(KindDefinition kind, JsonObject resource, Applied? applied, WriteOptions options)
    {
        JsonObject metadata = Metadata.Of(resource);
        foreach (string name in (string[])["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "generation"])
        {
            metadata.Remove(name);
        }

        string now = Metadata.Time(time.GetUtcNow());
        JsonNode? owners = applied is null
            ? FieldOwnership.Create(new FieldWrite(kind, options.FieldManager ?? options.DefaultManager, null, now), resource)
            : applied.ManagedFields?.DeepClone();
        if (owners is not null)
        {
            metadata["managedFields"] = owners;
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = now;
        if (kind.IsCustom || CountedKinds.Contains(kind.Type.Plural))
        {
            metadata["generation"] = 1;
        }

        if (kind is { IsCustom: true, HasStatus: true })
        {
            resource.Remove("status");
        }

        ObjectPipeline.PrepareForCreate(kind, resource);
        allocator.Assign(kind, resource, null);
        if (ObjectRemover.IsPod(kind))
        {
            ServiceAccountAdmission.Apply(store.Snapshot, resource);
            PriorityAdmission.Apply(store.Snapshot, resource);
        }

        LimitRanges.Apply(store.Snapshot, kind.Type, resource);
    }

    private void RequireNamespace(KindDefinition kind, JsonObject resource)
    {
        if (!kind.Type.Namespaced)
        {
            return;
        }

        JsonObject metadata = Metadata.Of(resource);
        string ns = Metadata.Text(metadata, "namespace")!;
        StoredObject found = store.Snapshot.Find(ObjectReader.Key(CoreTypes.Namespaces, null, ns)) ?? throw Refusals.NotFound(CoreTypes.Namespaces, ns);
        if (found.Facts.IsDeleting)
        {
            throw Refusals.Forbidden(
                kind.Type, Metadata.Text(metadata, "name") ?? "", $"unable to create new content in namespace {ns} because it is being terminated",
                [new FieldProblem("metadata.namespace", "NamespaceTerminating", $"namespace {ns} is being terminated")]);
        }
    }

    // Who owns the fields was settled by the apply.
    private sealed record Applied(JsonNode? ManagedFields);
}
