using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules.Pods;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Streaming;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Single objects and their subresources: get, replace, patch, delete.</summary>
internal sealed class ObjectEndpoint(
    ClusterStore store, ObjectVerbs verbs, LogEndpoint logs, SessionEndpoint sessions, TokenEndpoint tokens, TimeProvider time)
{
    private readonly ScaleEndpoint _scales = new(verbs, time);
    private readonly EvictionEndpoint _evictions = new(store, verbs);
    private readonly BindingEndpoint _bindings = new(verbs);

    public Task HandleAsync(ApiRequest request)
    {
        // There is no route to one object of a namespaced kind without its namespace.
        if (request.LacksNamespace)
        {
            return request.Kind.IsCustom ? Replies.NotFoundAsync(request.Context) : throw Refusals.UnknownResource();
        }

        if (Special(request) is { } answered)
        {
            return answered;
        }

        if (request.Path.Subresource is { } subresource)
        {
            RequireSubresource(request, subresource);
        }

        return request.Context.Request.Method switch
        {
            "GET" => GetAsync(request),
            "PUT" => ReplaceAsync(request),
            "PATCH" => PatchAsync(request),
            "DELETE" when request.Path.Subresource is null => DeleteAsync(request),
            "DELETE" or "POST" when request.Path.Subresource is not null && request.Kind.IsCustom => throw Refusals.MethodNotSupported(
                request.Kind.Type, request.Context.Request.Method == HttpMethods.Post ? "create" : "delete"),
            _ => throw Refusals.MethodNotAllowed(),
        };
    }

    /// <summary>Subresources that are no part of the object; null for the others.</summary>
    private Task? Special(ApiRequest request)
    {
        if (ObjectRemover.IsPod(request.Kind) && request.Path.Subresource == "log")
        {
            return request.Context.Request.Method == HttpMethods.Get ? logs.HandleAsync(request) : throw Refusals.MethodNotAllowed();
        }

        if (TokenEndpoint.IsAsked(request))
        {
            return tokens.HandleAsync(request);
        }

        if (ObjectRemover.IsPod(request.Kind) && request.Path.Subresource is "exec" or "attach" or "portforward")
        {
            return sessions.HandleAsync(request);
        }

        if (request is { Path.Subresource: "scale", Kind.Scale: not null })
        {
            return _scales.HandleAsync(request);
        }

        if (BindingEndpoint.IsAsked(request))
        {
            return _bindings.HandleAsync(request);
        }

        if (EvictionEndpoint.IsAsked(request))
        {
            return _evictions.HandleAsync(request);
        }

        return null;
    }

    /// <summary>The options of a deletion: the body's, or the query's when there is no body.</summary>
    /// <exception cref="KubernetesException">400, 422.</exception>
    internal static async Task<(Removal Removal, WriteOptions Options)> ReadRemovalAsync(ApiRequest request)
    {
        JsonObject? body = await RequestBody.ReadOptionsAsync(request.Context);
        JsonObject options = body ?? FromQuery(request.Query);
        List<FieldProblem> problems = [];
        bool dryRun = QueryOptions.DryRun(options["dryRun"] is JsonArray list ? list.Select(value => value?.ToString()).ToArray() : [], problems)
            | QueryOptions.DryRun(request.Query["dryRun"], problems);
        string? policy = ReadPolicy(options, problems);
        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions("DeleteOptions", [.. problems]);
        }

        JsonObject preconditions = options["preconditions"] as JsonObject ?? [];
        Removal removal = new()
        {
            PropagationPolicy = policy,
            GracePeriodSeconds = Metadata.Number(options, "gracePeriodSeconds"),
            Uid = Metadata.Text(preconditions, "uid"),
            ResourceVersion = Metadata.Text(preconditions, "resourceVersion"),
        };
        return (removal, new WriteOptions { DryRun = dryRun, User = request.User });
    }

    private static string? ReadPolicy(JsonObject options, List<FieldProblem> problems)
    {
        string? policy = Metadata.Text(options, "propagationPolicy");
        bool? orphan = options["orphanDependents"] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;
        if (policy is not null && orphan is not null)
        {
            problems.Add(new FieldProblem(
                "propagationPolicy", "FieldValueInvalid", $"Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set"));
        }
        else if (policy is not (null or "Foreground" or "Background" or "Orphan"))
        {
            problems.Add(new FieldProblem(
                "propagationPolicy", "FieldValueNotSupported",
                $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""));
        }

        return policy ?? (orphan is { } orphans ? orphans ? "Orphan" : "Background" : null);
    }

    private static JsonObject FromQuery(IQueryCollection query)
    {
        JsonObject options = [];
        if (QueryOptions.Number(query, "gracePeriodSeconds") is { } grace)
        {
            options["gracePeriodSeconds"] = grace;
        }

        if (query["propagationPolicy"].ToString() is { Length: > 0 } policy)
        {
            options["propagationPolicy"] = policy;
        }

        if (query.ContainsKey("orphanDependents"))
        {
            options["orphanDependents"] = QueryOptions.Flag(query, "orphanDependents");
        }

        return options;
    }

    private static void RequireSubresource(ApiRequest request, string subresource)
    {
        KindDefinition kind = request.Kind;
        bool known = subresource == "status" && kind.HasStatus || subresource == "finalize" && ObjectRemover.IsNamespace(kind)
            || subresource == PodRules.EphemeralContainers && ObjectRemover.IsPod(kind);
        if (!known)
        {
            // A custom resource without that subresource answers as if the object were not there.
            throw kind.IsCustom && subresource is "status" or "scale" ? Refusals.NotFound(kind.Type, request.Path.Name!) : Refusals.UnknownResource();
        }
    }

    private async Task GetAsync(ApiRequest request)
    {
        string? version = request.Query["resourceVersion"];
        CollectionEndpoint.CheckVersion(store, version);
        StoredObject stored = verbs.Reader.Get(request.Kind, request.Path.Namespace, request.Path.Name!);
        Replies.Warn(request.Context, CollectionEndpoint.Deprecation(request));
        await Replies.ObjectAsync(request.Context, request.Kind, stored, StatusCodes.Status200OK, time);
    }

    private async Task ReplaceAsync(ApiRequest request)
    {
        WriteOptions options = QueryOptions.Write(request.Context.Request, "UpdateOptions", request.User);
        JsonObject resource = await RequestBody.ReadObjectAsync(request.Context, request.Kind, options);
        await WriteAsync(request, options, () => verbs.Editor.ReplaceAsync(
            request.Kind, request.Path.Namespace, request.Path.Name!, request.Path.Subresource, resource, options, request.Aborted));
    }

    private async Task PatchAsync(ApiRequest request)
    {
        (PatchType type, JsonNode? document) = await RequestBody.ReadPatchAsync(request.Context);
        WriteOptions options = QueryOptions.Write(request.Context.Request, "PatchOptions", request.User, type);
        Patch patch = new(type, document ?? new JsonObject(), options.FieldManager, QueryOptions.Flag(request.Query, "force"));
        bool existed = verbs.Reader.Find(request.Kind, request.Path.Namespace, request.Path.Name!) is not null;
        int code = type == PatchType.Apply && !existed ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await WriteAsync(request, options, () => verbs.PatchAsync(
            request.Kind, request.Path.Namespace, request.Path.Name!, request.Path.Subresource, patch, options, request.Aborted), code);
    }

    private async Task WriteAsync(ApiRequest request, WriteOptions options, Func<Task<StoredObject>> write, int code = StatusCodes.Status200OK)
    {
        StoredObject stored;
        try
        {
            stored = await write();
        }
        catch (KubernetesException)
        {
            Replies.Warn(request.Context, [.. CollectionEndpoint.Deprecation(request), .. options.Warnings]);
            throw;
        }

        Replies.Warn(request.Context, [.. CollectionEndpoint.Deprecation(request), .. options.Warnings]);
        await Replies.ObjectAsync(request.Context, request.Kind, stored, code, time);
    }

    private async Task DeleteAsync(ApiRequest request)
    {
        (Removal removal, WriteOptions options) = await ReadRemovalAsync(request);
        KindDefinition kind = request.Kind;
        if (kind is { IsCustom: false, Type: { Group: "batch", Kind: "Job" } } && removal.PropagationPolicy is null)
        {
            removal = removal with { PropagationPolicy = "Orphan" };
            options.Warnings.Add("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning");
        }

        RemovalResult result = await verbs.Remover.DeleteAsync(kind, request.Path.Namespace, request.Path.Name!, removal, options, request.Aborted);
        Replies.Warn(request.Context, [.. CollectionEndpoint.Deprecation(request), .. options.Warnings]);
        if (result.IsGone && !ReturnsObject(kind))
        {
            JsonObject details = Refusals.Details(kind.Type.Group, kind.Type.Plural, result.Last.Key.Name);
            details["uid"] = result.Last.Facts.Uid;
            await Replies.NodeAsync(
                request.Context,
                new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details },
                StatusCodes.Status200OK);
            return;
        }

        await Replies.ObjectAsync(request.Context, kind, result.Last, StatusCodes.Status200OK, time);
    }

    // These answer with the object itself even when it is gone.
    private static bool ReturnsObject(KindDefinition kind) =>
        kind.Type.Group.Length == 0 && kind.Type.Plural is "pods" or "serviceaccounts" or "services" or "persistentvolumeclaims" or "persistentvolumes";
}
