using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Collections: list, watch, create, deletecollection.</summary>
internal sealed class CollectionEndpoint(ClusterStore store, ObjectVerbs verbs, WatchEndpoint watches, TimeProvider time)
{
    public Task HandleAsync(ApiRequest request)
    {
        string method = request.Context.Request.Method;
        if (method == HttpMethods.Get)
        {
            return request.Path.IsWatch || QueryOptions.Flag(request.Query, "watch") ? watches.HandleAsync(request) : ListAsync(request);
        }

        if (request.Path.IsWatch || request.LacksNamespace)
        {
            throw Refusals.MethodNotAllowed();
        }

        if (method == HttpMethods.Post)
        {
            return CreateAsync(request);
        }

        return method == HttpMethods.Delete && !ObjectRemover.IsNamespace(request.Kind) ? DeleteAllAsync(request) : throw Refusals.MethodNotAllowed();
    }

    private async Task ListAsync(ApiRequest request)
    {
        QueryOptions.CheckList(request.Query, isWatch: false);
        QueryOptions.Number(request.Query, "timeoutSeconds");
        CheckVersion(store, request.Query["resourceVersion"]);
        ObjectFilter filter = QueryOptions.Filter(request.Query, request.Kind, null);
        long limit = QueryOptions.Number(request.Query, "limit") ?? 0;
        ObjectPage page = verbs.Reader.List(
            request.Kind, request.Path.Namespace, filter, limit, request.Query["continue"], QueryOptions.ExactRevision(request.Query, limit));
        Replies.Warn(request.Context, Deprecation(request));
        await Replies.ListAsync(request.Context, request.Kind, page, time);
    }

    private async Task CreateAsync(ApiRequest request)
    {
        WriteOptions options = QueryOptions.Write(request.Context.Request, "CreateOptions", request.User);
        options.Warnings.AddRange(Deprecation(request));
        JsonObject resource = await RequestBody.ReadObjectAsync(request.Context, request.Kind, options);
        try
        {
            StoredObject stored = await verbs.Creator.CreateAsync(request.Kind, request.Path.Namespace, resource, options, request.Aborted);
            Replies.Warn(request.Context, options.Warnings);
            await Replies.ObjectAsync(request.Context, request.Kind, stored, StatusCodes.Status201Created, time);
        }
        catch (KubernetesException) when (!request.Context.Response.HasStarted)
        {
            Replies.Warn(request.Context, options.Warnings);
            throw;
        }
    }

    private async Task DeleteAllAsync(ApiRequest request)
    {
        (Removal removal, WriteOptions options) = await ObjectEndpoint.ReadRemovalAsync(request);
        ObjectFilter filter = QueryOptions.Filter(request.Query, request.Kind, null);
        ObjectPage page = verbs.Reader.List(request.Kind, request.Path.Namespace, filter, 0, null);
        foreach (StoredObject item in page.Items)
        {
            try
            {
                await verbs.Remover.DeleteAsync(
                    request.Kind, item.Key.Namespace, item.Key.Name, removal with { Uid = item.Facts.Uid }, options, request.Aborted);
            }
            catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
            {
                // Somebody else was faster: it is gone, or is another object of that name which came later.
                continue;
            }
        }

        Replies.Warn(request.Context, options.Warnings);
        await Replies.ListAsync(request.Context, request.Kind, page, time);
    }

    internal static IEnumerable<string> Deprecation(ApiRequest request) => request.Kind.DeprecationWarning is { } warning ? [warning] : [];

    /// <summary>Refuses a version that is no number or lies ahead.</summary>
    internal static void CheckVersion(ClusterStore store, string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            return;
        }

        if (!ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out ulong wanted))
        {
            throw Refusals.BadRequest(
                $"invalid resource version: resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        }

        if (wanted > (ulong)store.Revision)
        {
            JsonObject details = new()
            {
                ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
                ["retryAfterSeconds"] = 1,
            };
            throw new KubernetesException(
                HttpStatusCode.GatewayTimeout, StatusReasons.Timeout, $"Timeout: Too large resource version: {wanted}, current: {store.Revision}", details)
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }
    }
}
