using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <content>Verbs that only some callers need: subresources, dry runs, whole collections.</content>
public sealed partial class KubernetesClient
{
    /// <summary>Reads a subresource such as <c>status</c> or <c>scale</c>; null when it does not exist.</summary>
    public async Task<JsonObject?> GetSubresourceAsync(ResourceType type, string? ns, string name, string subresource, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestAsync(new KubernetesRequest(HttpMethod.Get, type.Path(ns, name, subresource)), cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Creates a subresource: an <c>eviction</c> or <c>binding</c> of a pod, a <c>token</c> of a service account.</summary>
    public Task<JsonObject> CreateSubresourceAsync(
        ResourceType type, string? ns, string name, string subresource, JsonObject body, CancellationToken cancellationToken) =>
        RequestAsync(new KubernetesRequest(HttpMethod.Post, type.Path(ns, name, subresource)) { Body = body }, cancellationToken);

    /// <summary>Creates an object with other checks than the usual ones.</summary>
    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, WriteChecks options, CancellationToken cancellationToken) =>
        RequestAsync(new KubernetesRequest(HttpMethod.Post, type.Path(NamespaceOf(type, resource)) + Query(options)) { Body = resource }, cancellationToken);

    /// <summary>
    /// Server-side apply: the object has these fields, owned by this client; other fields stay as they are
    /// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    /// </summary>
    /// <param name="type">The resource.</param>
    /// <param name="resource">The fields; <c>apiVersion</c>, <c>kind</c> and <c>metadata.name</c> are needed.</param>
    /// <param name="force">Take fields from other managers; otherwise that is a Conflict which names them.</param>
    /// <param name="options">Checks and field manager.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<JsonObject> ApplyAsync(ResourceType type, JsonObject resource, bool force, WriteChecks options, CancellationToken cancellationToken)
    {
        string name = resource["metadata"]?["name"]?.GetValue<string>() ?? throw new ArgumentException($"A {type.Kind} to apply needs metadata.name.", nameof(resource));
        string query = Query(options);
        string path = type.Path(NamespaceOf(type, resource), name) + query + (force ? "&force=true" : "");
        return RequestAsync(new KubernetesRequest(HttpMethod.Patch, path) { Body = resource, ContentType = MediaType(PatchType.Apply) }, cancellationToken);
    }

    /// <summary>Deletes all objects of a collection that the selectors choose.</summary>
    public Task DeleteCollectionAsync(ResourceType type, string? ns, ListOptions selection, DeleteOptions options, CancellationToken cancellationToken)
    {
        string query = Query(("labelSelector", selection.LabelSelector), ("fieldSelector", selection.FieldSelector));
        return RequestAsync(new KubernetesRequest(HttpMethod.Delete, type.Path(ns) + query) { Body = Body(options) }, cancellationToken);
    }

    private string Query(WriteChecks options) => Query(
        ("fieldManager", options.FieldManager ?? _options.FieldManager), ("fieldValidation", options.FieldValidation), ("dryRun", options.DryRun ? "All" : null));

    private string? NamespaceOf(ResourceType type, JsonObject resource) =>
        type.Namespaced ? resource["metadata"]?["namespace"]?.GetValue<string>() ?? Connection.Namespace : null;

    private static JsonObject Body(DeleteOptions options)
    {
        JsonObject body = new() { ["kind"] = "DeleteOptions", ["apiVersion"] = "v1", ["propagationPolicy"] = options.PropagationPolicy };
        if (options.GracePeriodSeconds is { } grace)
        {
            body["gracePeriodSeconds"] = grace;
        }

        if (options.Uid is { } uid)
        {
            body["preconditions"] = new JsonObject { ["uid"] = uid };
        }

        return body;
    }
}
