using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Api;

/// <summary>
/// A Kubernetes API, real or local. Every method throws <see cref="KubernetesException"/> for an answer that is not a
/// success and <see cref="OperationCanceledException"/> when cancelled. Objects handed out belong to the caller, who may
/// change them; objects handed in are not kept.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>
    /// Whether <see cref="WatchOptions.SendInitialEvents"/> may be tried in place of a list: on a real server it costs far less memory. The server
    /// may still refuse it.
    /// </summary>
    bool StreamsInitialObjects => false;

    /// <summary>Reads one object; null when it does not exist.</summary>
    Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken);

    /// <summary>Lists a collection; <paramref name="ns"/> null means all namespaces. Follows <c>continue</c> to the end.</summary>
    Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Watches a collection from <see cref="WatchOptions.ResourceVersion"/> on. Ends without an exception when the server ends
    /// the stream; throws with <see cref="KubernetesException.IsExpired"/> when that version is no longer known.
    /// </summary>
    IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, CancellationToken cancellationToken);

    /// <summary>Creates an object in the namespace that its metadata names; throws AlreadyExists, Invalid, Forbidden.</summary>
    Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken);

    /// <summary>Replaces an object (or a subresource such as <c>status</c>); a stale <c>resourceVersion</c> is a Conflict.</summary>
    Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken);

    /// <summary>Patches an object or a subresource.</summary>
    Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken);

    /// <summary>Deletes an object; false when it does not exist (any more).</summary>
    Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken);

    /// <summary>Opens a container's log as UTF-8 text. With <see cref="LogOptions.Follow"/> the stream ends when the container does.</summary>
    Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken);
}
