using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Streaming;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Every request: who asks, for what, and which endpoint answers. Refusals become <c>v1.Status</c> answers here and only here.</summary>
internal sealed partial class ApiDispatcher
{
    private static readonly string[] Paths = [
        "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version",
    ];

    private readonly KindRegistry _registry;
    private readonly AccessControl _access;
    private readonly PublicDocuments _documents;
    private readonly CollectionEndpoint _collections;
    private readonly ObjectEndpoint _objects;
    private readonly ILogger<ApiDispatcher> _logger;

    public ApiDispatcher(
        ClusterStore store, KindRegistry registry, ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodLogs> logs, Func<IPodSessions> sessions, AccessControl access,
        TimeProvider time, ILogger<ApiDispatcher> logger)
    {
        _registry = registry;
        _access = access;
        _logger = logger;
        _documents = new PublicDocuments(registry);
        _collections = new CollectionEndpoint(store, verbs, new WatchEndpoint(store, lifetime, time), time);
        SessionEndpoint talks = new(verbs, lifetime, sessions, logger);
        _objects = new ObjectEndpoint(store, verbs, new LogEndpoint(verbs, lifetime, logs, time), talks, new TokenEndpoint(verbs, access.Tokens, time), time);
    }

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            context.Response.Headers.CacheControl = "no-cache, private";
            await RouteAsync(context);
        }
        catch (KubernetesException refusal) when (!context.Response.HasStarted)
        {
            await Replies.StatusAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogAborted();
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            LogFailed(exception, context.Request.Method, context.Request.Path);
            await Replies.StatusAsync(context, Refusals.Internal("the server failed; its log says why"));
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        UserInfo user = _access.Admit(context);
        RequestPath? target = RequestPath.Parse(path);
        if (await HealthAndVersion.TryHandleAsync(context, path) || await _access.Documents.TryHandleAsync(context, path))
        {
            return;
        }

        if (target is not null && ReviewKinds.Find(target) is { } review)
        {
            await _access.Reviews.HandleAsync(context, review, target.Namespace, user);
            return;
        }

        if (target is { Plural.Length: > 0 })
        {
            await ResourceAsync(context, target, user);
        }
        else
        {
            await DocumentAsync(context, path, target);
        }
    }

    private Task ResourceAsync(HttpContext context, RequestPath path, UserInfo user)
    {
        KindTable table = _registry.Current;
        if (table.Find(path.Group, path.Version, path.Plural) is not { } kind)
        {
            return IsCustomGroup(table, path.Group) ? Replies.NotFoundAsync(context) : throw Refusals.UnknownResource();
        }

        if (path.Namespace is not null && !kind.Type.Namespaced)
        {
            return kind.IsCustom ? Replies.NotFoundAsync(context) : throw Refusals.UnknownResource();
        }

        ApiRequest request = new(context, path, kind, user);
        return RequestSpan.HandleAsync(request, path.Name is null || path.IsWatch ? _collections.HandleAsync : _objects.HandleAsync);
    }

    private async Task DocumentAsync(HttpContext context, string path, RequestPath? target)
    {
        if (path == "/")
        {
            await Replies.NodeAsync(context, new JsonObject { ["paths"] = new JsonArray([.. Paths.Select(known => (JsonNode)known)]) }, StatusCodes.Status200OK);
            return;
        }

        if (context.Request.Method != HttpMethods.Get)
        {
            throw Refusals.MethodNotAllowed();
        }

        if (await _documents.TryHandleAsync(context, path.TrimEnd('/')))
        {
            return;
        }

        // A missing version of a group that is built in is a Status; anything else is not known here at all.
        if (target is { Version.Length: > 0 } && !IsCustomGroup(_registry.Current, target.Group))
        {
            throw Refusals.UnknownResource();
        }

        await Replies.NotFoundAsync(context);
    }

    private static bool IsCustomGroup(KindTable table, string group) =>
        group.Length > 0 && !table.Kinds.Any(kind => !kind.IsCustom && kind.Type.Group == group);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A client went away before its answer was complete")]
    private partial void LogAborted();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, string path);
}
