using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <summary>Client of one API server over HTTP. Safe for concurrent use; each watch has a connection of its own.</summary>
public sealed partial class KubernetesClient : IKubernetesClient, IReportsApiHealth, IDisposable
{
    private readonly KubernetesTransport _transport;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;

    public KubernetesClient(ClusterConnection connection, KubernetesClientOptions options, TimeProvider time)
    {
        Connection = connection;
        _options = options;
        _time = time;
        _transport = new KubernetesTransport(connection, options, time);
        Discovery = new ResourceDiscovery(this);
    }

    /// <summary>What this client talks to.</summary>
    public ClusterConnection Connection { get; }

    /// <inheritdoc/>
    public bool StreamsInitialObjects => true;

    /// <summary>Whether the server answers.</summary>
    public ApiHealth Health => _transport.Health;

    /// <summary>Which resources the server has.</summary>
    public ResourceDiscovery Discovery { get; }

    /// <inheritdoc/>
    public async Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestAsync(new KubernetesRequest(HttpMethod.Get, type.Path(ns, name)), cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        List<JsonObject> items = [];
        string? continueToken = null;
        int? limit = _options.PageSize;
        while (true)
        {
            JsonObject page;
            try
            {
                string query = Query(("limit", limit?.ToString(CultureInfo.InvariantCulture)), ("continue", continueToken),
                    ("labelSelector", options.LabelSelector), ("fieldSelector", options.FieldSelector),
                    // The token of a page says which version it continues.
                    ("resourceVersion", continueToken is null ? options.ResourceVersion : null),
                    ("resourceVersionMatch", continueToken is null ? options.ResourceVersionMatch : null));
                string accept = options.MetadataOnly ? KubernetesRequest.MetadataList : KubernetesRequest.Json;
                page = await RequestAsync(new KubernetesRequest(HttpMethod.Get, type.Path(ns) + query) { Accept = accept }, cancellationToken);
            }
            catch (KubernetesException e) when (e.IsExpired && continueToken is not null)
            {
                // The snapshot behind the token is gone; one request without pages is consistent again.
                items.Clear();
                continueToken = null;
                limit = null;
                continue;
            }
            TakeItems(page, type, items);
            JsonObject? metadata = page["metadata"] as JsonObject;
            continueToken = metadata?["continue"]?.GetValue<string>();
            if (string.IsNullOrEmpty(continueToken))
            {
                return new ResourceList(items, metadata?["resourceVersion"]?.GetValue<string>() ?? "");
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = type.Path(ns) + Query(("resourceVersion", options.ResourceVersion),
            ("sendInitialEvents", options.SendInitialEvents ? "true" : null), ("resourceVersionMatch", options.SendInitialEvents ? "NotOlderThan" : null),
            ("labelSelector", options.LabelSelector), ("fieldSelector", options.FieldSelector));
        await foreach (JsonObject raw in WatchRawAsync(path, options.MetadataOnly ? KubernetesRequest.Metadata : KubernetesRequest.Json, cancellationToken))
        {
            if (raw["object"] is not JsonObject resource || EventType(raw["type"]?.GetValue<string>()) is not { } eventType)
            {
                continue;
            }
            raw.Remove("object");
            yield return new WatchEvent(eventType, resource);
        }
    }

    /// <inheritdoc/>
    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken) =>
        CreateAsync(type, resource, WriteChecks.Default, cancellationToken);

    /// <inheritdoc/>
    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken)
    {
        string name = resource["metadata"]?["name"]?.GetValue<string>()
            ?? throw new ArgumentException($"A {type.Kind} to replace needs metadata.name.", nameof(resource));
        string path = type.Path(NamespaceOf(type, resource), name, subresource) + Query(("fieldManager", _options.FieldManager));
        return RequestAsync(new KubernetesRequest(HttpMethod.Put, path) { Body = resource }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JsonObject> PatchAsync(
        ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken)
    {
        string path = type.Path(ns, name, subresource)
            + Query(("fieldManager", patch.FieldManager ?? _options.FieldManager), ("force", patch is { Type: PatchType.Apply, Force: true } ? "true" : null));
        return RequestAsync(new KubernetesRequest(HttpMethod.Patch, path) { Body = patch.Body, ContentType = MediaType(patch.Type) }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await RequestAsync(new KubernetesRequest(HttpMethod.Delete, type.Path(ns, name)) { Body = Body(options) }, cancellationToken);
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken)
    {
        string query = Query(("container", options.Container), ("follow", options.Follow ? "true" : null),
            ("tailLines", options.TailLines?.ToString(CultureInfo.InvariantCulture)), ("previous", options.Previous ? "true" : null),
            ("timestamps", options.Timestamps ? "true" : null), ("limitBytes", options.LimitBytes?.ToString(CultureInfo.InvariantCulture)),
            ("sinceTime", options.SinceTime?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        return OpenStreamAsync(new KubernetesRequest(HttpMethod.Get, CoreTypes.Pods.Path(ns, pod, "log") + query) { Accept = "*/*" }, cancellationToken);
    }

    /// <summary>Sends any request and reads the JSON object that answers it.</summary>
    public async Task<JsonObject> RequestAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        JsonNode? answer = null;
        try
        {
            answer = await _transport.SendAsync(request, ReadAsync, cancellationToken);
        }
        catch (JsonException e)
        {
            throw NotAnObject(request, e);
        }
        return answer as JsonObject ?? throw NotAnObject(request, null);
    }

    private KubernetesException NotAnObject(KubernetesRequest request, Exception? inner) => new(
        HttpStatusCode.BadGateway, StatusReasons.InternalError,
        $"{Connection} answered {request.PathAndQuery} with something that is not a Kubernetes object; is it an API server?", inner: inner);

    private static async Task<JsonNode?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonText.ReadAsync(stream, cancellationToken);
    }

    /// <summary>Opens the body of an answer as a stream, which the caller disposes.</summary>
    public async Task<Stream> OpenStreamAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await _transport.OpenAsync(request, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>
    /// Watches a collection path (query allowed) in any representation; yields the events as sent. Ends and throws as
    /// <see cref="WatchAsync"/> does.
    /// </summary>
    public async IAsyncEnumerable<JsonObject> WatchRawAsync(string pathAndQuery, string accept, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string more = Query(("watch", "true"), ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", ((int)_options.WatchTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        string path = pathAndQuery.Contains('?') ? $"{pathAndQuery}&{more[1..]}" : pathAndQuery + more;
        using Stream stream = await OpenStreamAsync(new KubernetesRequest(HttpMethod.Get, path) { Accept = accept }, cancellationToken);
        await foreach (JsonObject watchEvent in WatchReader.ReadAsync(stream, Connection, _options, _time, cancellationToken))
        {
            yield return watchEvent;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    /// <summary>A query string of the pairs that have a value, with its question mark; empty when none has.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> pairs)
    {
        StringBuilder query = new();
        foreach ((string name, string? value) in pairs)
        {
            if (value is not null)
            {
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }
        return query.ToString();
    }

    // Items of built-in lists come without kind and apiVersion; whoever gets one alone needs them.
    private static void TakeItems(JsonObject page, ResourceType type, List<JsonObject> items)
    {
        if (page["items"] is not JsonArray array)
        {
            return;
        }
        page.Remove("items");
        JsonNode?[] nodes = [.. array];
        array.Clear();
        foreach (JsonObject item in nodes.OfType<JsonObject>())
        {
            item.TryAdd("apiVersion", type.ApiVersion);
            item.TryAdd("kind", type.Kind);
            items.Add(item);
        }
    }

    private static WatchEventType? EventType(string? type) => type switch
    {
        "ADDED" => WatchEventType.Added,
        "MODIFIED" => WatchEventType.Modified,
        "DELETED" => WatchEventType.Deleted,
        "BOOKMARK" => WatchEventType.Bookmark,
        _ => null,
    };

    private static string MediaType(PatchType type) => type switch
    {
        PatchType.Merge => "application/merge-patch+json",
        PatchType.Json => "application/json-patch+json",
        PatchType.Strategic => "application/strategic-merge-patch+json",
        PatchType.Apply => "application/apply-patch+yaml",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown patch type."),
    };
}
