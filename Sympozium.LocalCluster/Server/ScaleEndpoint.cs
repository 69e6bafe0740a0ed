using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>The <c>scale</c> subresource: get, replace, patch.</summary>
internal sealed class ScaleEndpoint(ObjectVerbs verbs, TimeProvider time)
{
    private const string Subresource = "scale";

    public Task HandleAsync(ApiRequest request) => request.Context.Request.Method switch
    {
        "GET" => ReplyAsync(request, verbs.Reader.Get(request.Kind, request.Path.Namespace, request.Path.Name!)),
        "PUT" => ReplaceAsync(request),
        "PATCH" => PatchAsync(request),
        "DELETE" or "POST" when request.Kind.IsCustom => throw Refusals.MethodNotSupported(
            request.Kind.Type, request.Context.Request.Method == HttpMethods.Post ? "create" : "delete"),
        _ => throw Refusals.MethodNotAllowed(),
    };

    private async Task ReplaceAsync(ApiRequest request)
    {
        WriteOptions options = QueryOptions.Write(request.Context.Request, "UpdateOptions", request.User);
        JsonObject body = await RequestBody.ReadObjectAsync(request.Context, ObjectScale.Kind, options);
        await WriteAsync(request, options, _ => body.DeepClone().AsObject());
    }

    private async Task PatchAsync(ApiRequest request)
    {
        (PatchType type, JsonNode? document) = await RequestBody.ReadPatchAsync(request.Context);
        WriteOptions options = QueryOptions.Write(request.Context.Request, "PatchOptions", request.User, type);
        if (type != PatchType.Apply)
        {
            await WriteAsync(request, options, scale => ObjectPatches.Apply(request.Kind.IsCustom ? request.Kind : ObjectScale.Kind, type, scale, document));
            return;
        }

        Patch patch = new(type, ObjectScale.Document(request.Kind, document), options.FieldManager, QueryOptions.Flag(request.Query, "force"));
        StoredObject stored = await verbs.PatchAsync(
            request.Kind, request.Path.Namespace, request.Path.Name!, Subresource, patch, options, request.Aborted);
        Replies.Warn(request.Context, options.Warnings);
        await ReplyAsync(request, stored);
    }

    private async Task WriteAsync(ApiRequest request, WriteOptions options, Func<JsonObject, JsonObject> change)
    {
        StoredObject stored;
        try
        {
            stored = await verbs.Editor.PatchAsync(
                request.Kind, request.Path.Namespace, request.Path.Name!, Subresource,
                current => ObjectScale.Write(request.Kind, current, change, options), options, request.Aborted);
        }
        catch (KubernetesException)
        {
            Replies.Warn(request.Context, options.Warnings);
            throw;
        }

        Replies.Warn(request.Context, options.Warnings);
        await ReplyAsync(request, stored);
    }

    private Task ReplyAsync(ApiRequest request, StoredObject stored)
    {
        StoredObject scale = new(stored.Key, stored.Revision, ObjectBytes.From(ObjectScale.Read(request.Kind, stored)).Stamp(stored.Revision));

        // As a table, the scale of a custom object has the columns of its kind.
        return Replies.ObjectAsync(request.Context, request.Kind.IsCustom ? request.Kind : ObjectScale.Kind, scale, StatusCodes.Status200OK, time);
    }
}
