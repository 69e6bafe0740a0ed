using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>
/// Subresources of pods that are no part of the object: <c>eviction</c> deletes the pod, since nothing here budgets disruptions;
/// <c>ephemeralcontainers</c> can be read, but local pods take no containers once they run.
/// </summary>
internal sealed class EvictionEndpoint(ObjectVerbs verbs, TimeProvider time)
{
    private const string Eviction = "eviction";
    private const string EphemeralContainers = "ephemeralcontainers";

    /// <summary>Whether a request is for one of these.</summary>
    public static bool IsAsked(ApiRequest request) => ObjectRemover.IsPod(request.Kind) && request.Path.Subresource is Eviction or EphemeralContainers;

    public Task HandleAsync(ApiRequest request) => (request.Path.Subresource, request.Context.Request.Method) switch
    {
        (Eviction, "POST") => EvictAsync(request),
        (EphemeralContainers, "GET") => Replies.ObjectAsync(
            request.Context, request.Kind, verbs.Reader.Get(request.Kind, request.Path.Namespace, request.Path.Name!), StatusCodes.Status200OK, time),
        (EphemeralContainers, "PUT" or "PATCH") => throw Refusals.Forbidden(
            request.Kind.Type, request.Path.Name!, "the local cluster does not run ephemeral containers; use kubectl exec in a container of the pod"),
        _ => throw Refusals.MethodNotAllowed(),
    };

    private async Task EvictAsync(ApiRequest request)
    {
        JsonObject eviction = await RequestBody.ReadOptionsAsync(request.Context) ?? [];
        string? name = Metadata.Text(eviction["metadata"] as JsonObject ?? [], "name");
        if (name is not null && name != request.Path.Name)
        {
            throw Refusals.BadRequest("name in URL does not match name in Eviction object");
        }

        JsonObject asked = eviction["deleteOptions"] as JsonObject ?? [];
        JsonObject preconditions = asked["preconditions"] as JsonObject ?? [];
        List<FieldProblem> problems = [];
        bool dryRun = QueryOptions.DryRun(request.Query["dryRun"], problems)
            | QueryOptions.DryRun(asked["dryRun"] is JsonArray list ? list.Select(value => value?.ToString()).ToArray() : [], problems);
        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions("DeleteOptions", [.. problems]);
        }

        Removal removal = new()
        {
            GracePeriodSeconds = Metadata.Number(asked, "gracePeriodSeconds"),
            Uid = Metadata.Text(preconditions, "uid"),
            ResourceVersion = Metadata.Text(preconditions, "resourceVersion"),
        };
        WriteOptions options = new() { DryRun = dryRun, User = request.User };
        await verbs.Remover.DeleteAsync(request.Kind, request.Path.Namespace, request.Path.Name!, removal, options, request.Aborted);
        Replies.Warn(request.Context, options.Warnings);
        JsonObject status = new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = StatusCodes.Status201Created };
        await Replies.NodeAsync(request.Context, status, StatusCodes.Status201Created);
    }
}
